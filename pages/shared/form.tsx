import { isRachisError } from 'rachis/client'
import { useId, useState } from 'react'
import type { FormEvent, InputHTMLAttributes, ReactNode } from 'react'

/** What is wrong with what was given, by its fields; `form` is of none of them. */
export interface Problems {
  readonly form?: string
  readonly fields: Readonly<Record<string, string>>
}

const told = ({ message, hint }: { readonly message: string; readonly hint?: string }) =>
  hint ? `${message}. ${hint}` : message

/** What the server says of an error, at the fields that it names. */
export const problemsOf = (error: unknown, names: readonly string[]): Problems => {
  if (!isRachisError(error)) return { form: (error as Error).message, fields: {} }
  const details = error.details.length > 0 ? error.details : [{ field: error.field, message: error.message }]
  const isShown = (field: string | undefined): field is string => names.includes(field ?? '')
  const fields = Object.fromEntries(
    details.flatMap(({ field, message }) => (isShown(field) ? [[field, message]] : []))
  )
  const isOfField = details.some(({ field }) => isShown(field))

  return { ...(isOfField ? {} : { form: told(error) }), fields }
}

/** What was typed into a form. */
export type Given = Readonly<Record<string, string>>

/** @param names of the fields that show what is wrong with them */
export const useForm = (names: readonly string[], send: (given: Given) => Promise<unknown>) => {
  const [problems, setProblems] = useState<Problems>({ fields: {} })
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const given = Object.fromEntries(new FormData(form)) as unknown as Given
    setBusy(true)
    setProblems({ fields: {} })
    try {
      await send(given)
    } catch (error) {
      const found = problemsOf(error, names)
      setProblems(found)
      const [first] = Object.keys(found.fields)
      if (first) form.querySelector<HTMLElement>(`[name="${first}"]`)?.focus()
    } finally {
      setBusy(false)
    }
  }

  return { problems, isBusy, onSubmit: (event: FormEvent<HTMLFormElement>) => void submit(event) }
}

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string
  readonly name: string
  readonly problem?: string | undefined
  readonly hint?: string
}

/** An input with its label, and what is wrong with it below. */
export const Field = ({ label, name, problem, hint, className = '', ...input }: FieldProps) => {
  const id = useId()
  const isTold = problem !== undefined || hint !== undefined

  return (
    <div className={`field ${className}`}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        aria-invalid={problem !== undefined}
        aria-describedby={isTold ? `${id}-told` : undefined}
        {...input}
      />
      {isTold && (
        <p id={`${id}-told`} className={problem ? 'problem' : 'hint'}>
          {problem ?? hint}
        </p>
      )}
    </div>
  )
}

export interface Choice {
  readonly value: string
  readonly name: string
}
interface ChoiceProps {
  readonly label: string
  readonly name: string
  readonly choices: readonly Choice[]
  readonly value?: string
  readonly defaultValue?: string
  readonly problem?: string | undefined
  readonly onChange?: (value: string) => void
}

export const Select = ({ label, name, choices, problem, onChange, ...select }: ChoiceProps) => {
  const id = useId()

  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        name={name}
        aria-invalid={problem !== undefined}
        aria-describedby={problem ? `${id}-told` : undefined}
        onChange={({ target }) => onChange?.(target.value)}
        {...select}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.name}
          </option>
        ))}
      </select>
      {problem && (
        <p id={`${id}-told`} className="problem">
          {problem}
        </p>
      )}
    </div>
  )
}

/** What went wrong as a whole. */
export const Wrong = ({ children }: { children: ReactNode }) => (
  <p className="wrong" role="alert">
    {children}
  </p>
)
