import { useGetList, useReference } from 'ra-core'
import { useEffect, useId, useState } from 'react'
import type { KeyboardEvent } from 'react'
import type { Id, Row } from '../data/client'
import type { DescribedResource } from '../data/description'
import { fieldOf } from '../data/description'
import { nameOf } from '../record/value'
import type { InputProps } from './inputs'

/** Milliseconds after the last letter until it is looked for. */
const PAUSE = 250

/** By the search of the resource where it has one, else by its title. */
const filterFor = (resource: DescribedResource, text: string): object => {
  if (text === '') return {}
  if (resource.search) return { q: text }

  return fieldOf(resource, resource.title)?.operators.includes('$ilike') ? { [resource.title]: { $ilike: `%${text}%` } } : {}
} // prettier-ignore

const useFound = (resource: DescribedResource, text: string, isOpen: boolean): readonly Row[] => {
  const [asked, setAsked] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), PAUSE)
    return () => clearTimeout(timer)
  }, [text])
  const sort = {
    field: fieldOf(resource, resource.title)?.isSorted ? resource.title : 'id',
    order: 'ASC' as const
  }
  const filter = filterFor(resource, asked)
  const { data } = useGetList<Row>(
    resource.name,
    { pagination: { page: 1, perPage: 10 }, filter, sort },
    { enabled: isOpen }
  )

  return data ?? []
}

const useChosenName = (resource: DescribedResource, id: Id | null | undefined): string => {
  const { referenceRecord } = useReference({
    reference: resource.name,
    id: id as Id,
    options: { enabled: id !== null && id !== undefined && id !== '' }
  })
  if (id === null || id === undefined || id === '') return ''

  return referenceRecord ? nameOf(resource, referenceRecord as Row) : `#${id}`
}

interface OptionsProps {
  readonly id: string
  readonly found: readonly Row[]
  readonly active: number
  readonly resource: DescribedResource
  readonly choose: (record: Row) => void
}
const Options = ({ id, found, active, resource, choose }: OptionsProps) => (
  <ul id={id} role="listbox" className="options" aria-label={resource.name}>
    {found.map((record, index) => (
      <li
        key={record.id}
        id={`${id}-${index}`}
        role="option"
        aria-selected={index === active}
        className={index === active ? 'active' : ''}
        onMouseDown={(event) => {
          event.preventDefault()
          choose(record)
        }}
      >
        {nameOf(resource, record)} <span className="none">#{record.id}</span>
      </li>
    ))}
  </ul>
)

/** Chooses a record of another resource: by typing, and by the keys of a combobox. */
export const ReferenceInput = ({ resource, ...props }: InputProps & { resource: DescribedResource }) => {
  const { described, value, onChange, onBlur, isNullable, name } = props
  const [text, setText] = useState<string>()
  const [active, setActive] = useState(0)
  const listId = useId()
  const isOpen = text !== undefined
  const chosen = useChosenName(resource, value as Id)
  const found = useFound(resource, text ?? '', isOpen)
  const choose = (record: Row) => {
    onChange(record.id)
    setText(undefined)
  }
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => (isOpen ? setActive(Math.min(active + 1, found.length - 1)) : setText('')),
    ArrowUp: () => setActive(Math.max(active - 1, 0)),
    Enter: () => isOpen && found[active] && choose(found[active]),
    Escape: () => setText(undefined)
  }
  const press = (event: KeyboardEvent) => {
    if (!keys[event.key] || (event.key === 'Enter' && !isOpen)) return
    event.preventDefault()
    keys[event.key]!()
  }
  const type = (given: string) => {
    setActive(0)
    setText(given)
    if (given === '') onChange(isNullable ? null : undefined)
  }

  return (
    <span className="combobox">
      <input
        {...described}
        name={name}
        role="combobox"
        aria-expanded={isOpen}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={isOpen && found[active] ? `${listId}-${active}` : undefined}
        autoComplete="off"
        placeholder="Type to look for one"
        value={text ?? chosen}
        onChange={(event) => type(event.target.value)}
        onFocus={(event) => event.target.select()}
        onClick={() => setText(text ?? '')}
        onKeyDown={press}
        onBlur={() => {
          setText(undefined)
          onBlur()
        }}
      />
      {isOpen && <Options id={listId} found={found} active={active} resource={resource} choose={choose} />}
    </span>
  )
}
