import { useListContext } from 'ra-core'
import type { Id } from '../data/client'
import type { DescribedField, DescribedResource } from '../data/description'
import { label } from '../data/description'
import { Moment, ReferenceOf } from '../record/value'
import { useFiltered } from './filtered-fields'

/** What operators are called. */
export const WORDS: Readonly<Record<string, string>> = {
  $eq: 'is',
  $ne: 'is not',
  $in: 'is one of',
  $nin: 'is none of',
  $lt: '<',
  $lte: 'at most',
  $gt: '>',
  $gte: 'at least',
  $ilike: 'is like',
  $contains: 'has',
  $null: 'is empty'
}
type Filters = Readonly<Record<string, unknown>>

/** `{ price: { $gte: 5 } }` as one line for each condition. */
const conditionsIn = ({ q: _q, ...fields }: Filters) =>
  Object.entries(fields).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).map(([operator, operand]) => ({ name, operator, operand: operand as unknown }))
      : [{ name, operator: '$eq', operand: value }]
  )

const without = (filters: Filters, name: string, operator: string): Filters => {
  const { [name]: held, ...rest } = filters
  if (operator === '$eq' || typeof held !== 'object' || held === null) return rest
  const { [operator]: _removed, ...others } = held as Filters

  return Object.keys(others).length > 0 ? { ...rest, [name]: others } : rest
}

/** What a field is compared with, as people read it: a record that is referred to has a name. */
const Operand = ({ field, value }: { field: DescribedField | undefined; value: unknown }) => {
  if (Array.isArray(value)) return <>{value.map(String).join(', ')}</>
  if (field?.references) return <ReferenceOf name={field.references} id={value as Id} />
  if (field?.isInstant) return <Moment at={String(value)} />
  if (typeof value === 'boolean') return <>{value ? 'Yes' : 'No'}</>

  return <>{String(value)}</>
}

const wordsOf = (operator: string, operand: unknown) =>
  operator === '$null' && operand === false ? 'is not empty' : WORDS[operator]

/** The filters of a list, each with a button that takes it away. */
export const Conditions = ({ resource }: { resource: DescribedResource }) => {
  const fields = useFiltered(resource)
  const { filterValues, setFilters } = useListContext()
  const conditions = conditionsIn(filterValues as Filters)
  if (conditions.length === 0) return null

  return (
    <ul className="conditions" aria-label="Filters">
      {conditions.map(({ name, operator, operand }) => (
        <li key={name + operator} className="chip">
          {label(name)} {wordsOf(operator, operand)}{' '}
          {operator !== '$null' && (
            <Operand field={fields.find((one) => one.name === name)} value={operand} />
          )}
          <button
            type="button"
            className="quiet"
            aria-label={`Remove the filter ${label(name)} ${wordsOf(operator, operand)}`}
            onClick={() => setFilters(without(filterValues as Filters, name, operator) as object)}
          >
            ×
          </button>
        </li>
      ))}
    </ul>
  )
}
