import { useState } from 'react'
import type { Described } from './field'
import type { Kind } from './schema'
import { localTime, parsed } from './schema'
import type { Schema } from '../data/description'

export interface InputProps {
  readonly described: Described
  readonly name: string
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  readonly onBlur: () => void
  readonly schema: Schema
  readonly kind: Kind
  readonly isNullable: boolean
  readonly isRequired: boolean
}

const TYPES: Partial<Readonly<Record<Kind, string>>> = {
  moment: 'datetime-local',
  date: 'date',
  secret: 'password',
  email: 'email'
}

/** A text field takes an empty text; any other one that is empty has no value. */
const given = ({ kind, isNullable }: InputProps, text: string) =>
  (kind === 'text' || kind === 'long') && !isNullable ? text : parsed(kind, text, isNullable)

/** A number as it is being typed: `2.` and `2.50` stay as they are, while the form has what they mean. */
const useTyped = ({ kind, value, isNullable }: InputProps): [string, (text: string) => void] => {
  const [typed, setTyped] = useState('')
  const isSame = kind === 'number' && (parsed(kind, typed.trim(), isNullable) ?? null) === (value ?? null)

  return [isSame ? typed : String(value ?? ''), setTyped]
}

export const LineInput = (props: InputProps) => {
  const { described, kind, value, onChange, onBlur, name } = props
  const [text, setText] = useTyped(props)
  const change = (entered: string) => {
    setText(entered)
    onChange(kind === 'number' ? parsed(kind, entered.trim(), props.isNullable) : given(props, entered))
  }

  return (
    <input
      {...described}
      name={name}
      type={TYPES[kind] ?? 'text'}
      inputMode={kind === 'number' ? 'decimal' : undefined}
      autoComplete={kind === 'secret' ? 'new-password' : 'off'}
      value={kind === 'moment' ? localTime(value) : text}
      onChange={(event) => change(event.target.value)}
      onBlur={onBlur}
    />
  )
}

export const LongInput = (props: InputProps) => (
  <textarea
    {...props.described}
    name={props.name}
    rows={4}
    value={String(props.value ?? '')}
    onChange={(event) => props.onChange(given(props, event.target.value))}
    onBlur={props.onBlur}
  />
)

export const ChoiceInput = ({
  described,
  name,
  value,
  onChange,
  onBlur,
  schema,
  isNullable,
  isRequired
}: InputProps) => (
  <select
    {...described}
    name={name}
    value={String(value ?? '')}
    onChange={(event) =>
      onChange(event.target.value === '' ? (isNullable ? null : undefined) : event.target.value)
    }
    onBlur={onBlur}
  >
    {(!isRequired || value === undefined || value === null) && <option value="">–</option>}
    {(schema.enum as readonly string[]).map((word) => (
      <option key={word} value={word}>
        {word.replace(/_/g, ' ')}
      </option>
    ))}
  </select>
)

export const FlagInput = ({ described, name, value, onChange, onBlur }: InputProps) => (
  <input
    {...described}
    name={name}
    type="checkbox"
    checked={value === true}
    onChange={(event) => onChange(event.target.checked)}
    onBlur={onBlur}
  />
)

/** A list of words, one on each line. */
export const WordsInput = ({ described, name, value, onChange, onBlur }: InputProps) => (
  <textarea
    {...described}
    name={name}
    rows={3}
    placeholder="One on each line"
    value={((value as readonly string[] | null) ?? []).join('\n')}
    onChange={(event) => onChange(event.target.value === '' ? [] : event.target.value.split('\n'))}
    onBlur={() => {
      onChange(((value as readonly string[] | null) ?? []).filter((line) => line.trim() !== ''))
      onBlur()
    }}
  />
)
