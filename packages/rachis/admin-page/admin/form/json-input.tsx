import { useState } from 'react'
import type { InputProps } from './inputs'

const textOf = (value: unknown) =>
  value === undefined || value === null ? '' : JSON.stringify(value, null, 2)

/** An object or a list of any form, as JSON. A text that is none is kept until it is one, and is said to be none. */
export const JsonInput = ({ described, name, value, onChange, onBlur, isNullable }: InputProps) => {
  const [text, setText] = useState(textOf(value))
  const [problem, setProblem] = useState('')
  const change = (given: string) => {
    setText(given)
    if (given.trim() === '') return onChange(isNullable ? null : undefined)
    try {
      onChange(JSON.parse(given))
      setProblem('')
    } catch (error) {
      setProblem((error as Error).message)
    }
  }

  return (
    <>
      <textarea
        {...described}
        name={name}
        className="code"
        rows={Math.min(12, text.split('\n').length + 1)}
        spellCheck={false}
        value={text}
        onChange={(event) => change(event.target.value)}
        onBlur={onBlur}
      />
      {problem && (
        <p className="error" role="alert">
          This is not JSON yet: {problem}
        </p>
      )}
    </>
  )
}
