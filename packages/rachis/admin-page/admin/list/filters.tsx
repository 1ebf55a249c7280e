import { useListContext } from 'ra-core'
import type { FormEvent } from 'react'
import { useState } from 'react'
import type { DescribedResource } from '../data/description'
import { label } from '../data/description'
import { Popup } from '../shell/popup'
import { Conditions, WORDS } from './conditions'
import { FilterValue, valueOf } from './filter-value'
import { operatorsOf, useFiltered } from './filtered-fields'

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

const added = (filters: Filters, name: string, operator: string, value: unknown): Filters => {
  if (operator === '$eq') return { ...filters, [name]: value }
  const held = filters[name]
  const before = typeof held === 'object' && held !== null ? held : {}

  return { ...filters, [name]: { ...before, [operator]: value } }
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
    <Conditions resource={resource} />
  </div>
)
