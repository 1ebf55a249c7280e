import { useState } from 'react'
import type { DescribedField } from '../data/description'
import { isListed, useDescribed } from '../data/description'
import { ReferenceChoice } from '../form/reference-choice'

const LISTS = ['$in', '$nin']

const typed = ({ isNumber, schema, isInstant, references }: DescribedField, text: string): unknown => {
  if (schema.type === 'boolean') return text === 'true'
  if (isInstant) return new Date(text).toISOString()

  return (isNumber || references) && schema.type !== 'string' && text !== '' ? Number(text) : text
}

/** The operand of a filter, as the API takes it. */
export const valueOf = (field: DescribedField, operator: string, text = ''): unknown => {
  if (operator === '$null') return text === 'true'
  if (operator === '$ilike') return text.includes('%') ? text : `%${text}%`
  if (LISTS.includes(operator)) return text.split(',').map((part) => typed(field, part.trim()))

  return typed(field, text)
}

const typeOf = ({ isInstant, isNumber, schema, references }: DescribedField, operator: string): string => {
  if (LISTS.includes(operator) || operator === '$ilike') return 'text'
  if (isInstant) return 'datetime-local'
  if (schema.format === 'date') return 'date'

  return isNumber || (references && schema.type !== 'string') ? 'number' : 'text'
}

const choices = ({ schema }: DescribedField, operator: string): readonly string[] | undefined => {
  if (operator === '$null' || schema.type === 'boolean') return ['true', 'false']

  return LISTS.includes(operator) ? undefined : (schema.enum as readonly string[] | undefined)
}
/** Comparisons with one record. */
const SINGLE = ['$eq', '$ne']
const YES: Readonly<Record<string, string>> = { true: 'Yes', false: 'No' }

const PlainValue = ({ field, operator }: { field: DescribedField; operator: string }) => {
  const listed = choices(field, operator)

  return (
    <label>
      Value
      {listed ? (
        <select name="value">
          {listed.map((value) => (
            <option key={value} value={value}>
              {YES[value] ?? value}
            </option>
          ))}
        </select>
      ) : (
        <input name="value" type={typeOf(field, operator)} step="any" required />
      )}
    </label>
  )
}

interface Props {
  readonly field: DescribedField
  readonly operators: readonly string[]
  readonly words: Readonly<Record<string, string>>
}

/** How a field is compared, and with what. */
export const FilterValue = ({ field, operators, words }: Props) => {
  const [operator, setOperator] = useState(operators[0]!)
  const target = useDescribed(SINGLE.includes(operator) ? field.references : undefined)

  return (
    <>
      <label>
        Condition
        <select name="operator" value={operator} onChange={(event) => setOperator(event.target.value)}>
          {operators.map((name) => (
            <option key={name} value={name}>
              {words[name] ?? name}
            </option>
          ))}
        </select>
      </label>
      {target && isListed(target) ? (
        <ReferenceChoice name="value" label="Value" resource={target} isRequired />
      ) : (
        <PlainValue field={field} operator={operator} />
      )}
    </>
  )
}
