import { useListContext } from 'ra-core'
import type { FormEvent } from 'react'
import { useState } from 'react'
import type { DescribedField, DescribedResource } from '../data/description'
import { label, useResources } from '../data/description'
import { Popup } from '../shell/popup'
import { FilterValue, valueOf } from './filter-value'

/** What operators are called. */
const WORDS: Readonly<Record<string, string>> = {
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

const Search = () => {
  const { filterValues, setFilters } = useListContext()
  const [text, setText] = useState(String(filterValues.q ?? ''))
  const { q: _q, ...rest }: Filters = filterValues
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setFilters(text ? { ...rest, q: text } : rest)
  }

  return (
    <form role="search" onSubmit={submit}>
      <input
        type="search"
        aria-label="Search"
        placeholder="Search…"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit">Search</button>
    </form>
  )
}

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

const Conditions = () => {
  const { filterValues, setFilters } = useListContext()
  const conditions = conditionsIn(filterValues as Filters)
  if (conditions.length === 0) return null

  return (
    <ul className="conditions" aria-label="Filters">
      {conditions.map(({ name, operator, operand }) => (
        <li key={name + operator} className="chip">
          {label(name)} {WORDS[operator]} {operator === '$null' ? '' : String(operand)}
          <button
            type="button"
            className="quiet"
            aria-label={`Remove the filter ${label(name)} ${WORDS[operator]}`}
            onClick={() => setFilters(without(filterValues as Filters, name, operator) as object)}
          >
            ×
          </button>
        </li>
      ))}
    </ul>
  )
}

const operatorsOf = ({ shape, operators }: DescribedField) => [
  ...(shape === 'scalar' ? ['$eq'] : []),
  ...operators
]
const isFiltered = (field: DescribedField) => operatorsOf(field).length > 0

const added = (filters: Filters, name: string, operator: string, value: unknown): Filters => {
  if (operator === '$eq') return { ...filters, [name]: value }
  const held = filters[name]
  const before = typeof held === 'object' && held !== null ? held : {}

  return { ...filters, [name]: { ...before, [operator]: value } }
}

/** The fields of a resource, and of the records that its records refer to: `store.region`. */
const useFiltered = (resource: DescribedResource): readonly DescribedField[] => {
  const resources = useResources()
  const related = resource.relations
    .filter(({ kind }) => kind === 'one')
    .flatMap(({ name, resource: target }) => {
      const fields = resources.find((one) => one.name === target)?.fields ?? []
      return fields.map((field) => ({ ...field, name: `${name}.${field.name}` }))
    })

  return [...resource.fields, ...related].filter(isFiltered)
}

const AddFilter = ({ resource }: { resource: DescribedResource }) => {
  const { filterValues, setFilters } = useListContext()
  const fields = useFiltered(resource)
  const [name, setName] = useState(fields[0]?.name ?? '')
  const field = fields.find((one) => one.name === name)
  if (!field) return null
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const { operator, value } = Object.fromEntries(new FormData(event.currentTarget)) as Record<
      string,
      string
    >
    setFilters(added(filterValues as Filters, name, operator!, valueOf(field, operator!, value)) as object)
  }

  return (
    <Popup label="Filter">
      {(close) => (
        <form onSubmit={(event) => (submit(event), close())} key={name}>
          <label>
            Field
            <select value={name} onChange={(event) => setName(event.target.value)}>
              {fields.map((one) => (
                <option key={one.name} value={one.name}>
                  {label(one.name)}
                </option>
              ))}
            </select>
          </label>
          <FilterValue field={field} operators={operatorsOf(field)} words={WORDS} />
          <button type="submit" className="primary">
            Add
          </button>
        </form>
      )}
    </Popup>
  )
}

/** Search and filters, by the grammar that the API has for its lists. */
export const Filters = ({ resource }: { resource: DescribedResource }) => (
  <div className="filters">
    {resource.search && <Search />}
    <AddFilter resource={resource} />
    <Conditions />
  </div>
)
