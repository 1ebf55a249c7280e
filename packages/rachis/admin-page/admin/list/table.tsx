import { useListContext } from 'ra-core'
import type { ReactNode } from 'react'
import { Link } from 'react-router-dom'
import type { Row } from '../data/client'
import type { DescribedField, DescribedResource } from '../data/description'
import { fieldOf, label, operation, useDescribed } from '../data/description'
import { FILES } from '../data/files'
import { useIsMarked } from '../data/live'
import { FileShown } from '../files/file-shown'
import { nameOf, Value } from '../record/value'
import { BulkActions, hasBulkActions } from './bulk-actions'

const NEXT = { ASC: 'DESC', DESC: 'ASC' } as const
const ORDERS = { ASC: 'ascending', DESC: 'descending' } as const

/** Figures stand below each other; a number that names another record is none. */
export const classOf = ({ isNumber, references }: DescribedField): string =>
  isNumber && !references ? 'number' : ''

/** By what a column is sorted: one that refers to records shows what these are called, and is sorted by that. */
const useOrderOf = ({ relations }: DescribedResource, name: string): string => {
  const relation = relations.find(({ kind, column }) => kind === 'one' && column === name)
  const target = useDescribed(relation?.resource)
  const title = target && fieldOf(target, target.title)

  return relation && title?.isSorted ? `${relation.name}.${title.name}` : name
}

const HeadCell = ({ resource, name }: { resource: DescribedResource; name: string }) => {
  const { sort, setSort } = useListContext()
  const order = useOrderOf(resource, name)
  const isSorted = sort.field === order
  const field = fieldOf(resource, name)!
  if (!field.isSorted)
    return (
      <th scope="col" className={classOf(field)}>
        {label(name)}
      </th>
    )

  return (
    <th scope="col" className={classOf(field)} aria-sort={isSorted ? ORDERS[sort.order] : 'none'}>
      <button
        type="button"
        className="quiet"
        onClick={() => setSort({ field: order, order: isSorted ? NEXT[sort.order] : 'ASC' })}
      >
        {label(name)}
        <span aria-hidden="true">{isSorted ? (sort.order === 'ASC' ? ' ▲' : ' ▼') : ''}</span>
      </button>
    </th>
  )
}

interface CellProps {
  readonly resource: DescribedResource
  readonly name: string
  readonly record: Row
}
const Cell = ({ resource, name, record }: CellProps) => {
  const field = fieldOf(resource, name)!
  const value = <Value field={field} record={record} />
  const isFile = resource.name === FILES && name === resource.title
  const isLink = (name === resource.title || name === 'id') && operation(resource, 'get') !== undefined

  return (
    <td className={classOf(field)} data-label={label(name)}>
      {isLink ? <Link to={`/${resource.name}/${record.id}/show`}>{value}</Link> : value}
      {isFile && <FileShown id={String(record.id)} text="Download" />}
    </td>
  )
}

interface RowProps {
  readonly resource: DescribedResource
  readonly record: Row
  readonly columns: readonly string[]
  readonly before?: ReactNode
}
/** One record; marked for a while where it changed as one looked. */
export const RecordRow = ({ resource, record, columns, before }: RowProps) => {
  const isMarked = useIsMarked(resource.name, record.id)

  return (
    <tr className={isMarked ? 'marked' : ''}>
      {before}
      {columns.map((name) => (
        <Cell key={name} resource={resource} name={name} record={record} />
      ))}
      <td className="mark">{isMarked && <span className="badge live">changed</span>}</td>
    </tr>
  )
}

const Choose = ({ resource, record }: { resource: DescribedResource; record: Row }) => {
  const { selectedIds, onToggleItem } = useListContext()

  return (
    <td>
      <input
        type="checkbox"
        aria-label={`Choose ${nameOf(resource, record)}`}
        checked={selectedIds.includes(record.id)}
        onChange={() => onToggleItem(record.id)}
      />
    </td>
  )
}

const ChooseAll = () => {
  const { data = [], selectedIds, onSelect } = useListContext<Row>()
  const ids = data.map(({ id }) => id)
  const isAll = ids.length > 0 && ids.every((id) => selectedIds.includes(id))

  return (
    <th scope="col">
      <input
        type="checkbox"
        aria-label="Choose all of this page"
        checked={isAll}
        onChange={() => onSelect(isAll ? [] : ids)}
      />
    </th>
  )
}

/** The records of the page that is shown. */
export const RecordTable = ({
  resource,
  columns
}: {
  resource: DescribedResource
  columns: readonly string[]
}) => {
  const { data = [], isFetching } = useListContext<Row>()
  const isChosen = hasBulkActions(resource)

  return (
    <>
      {isChosen && <BulkActions resource={resource} />}
      <div className="scroll" tabIndex={0} role="region" aria-label={`List of ${label(resource.name)}`}>
        <table aria-busy={isFetching}>
          <thead>
            <tr>
              {isChosen && <ChooseAll />}
              {columns.map((name) => (
                <HeadCell key={name} resource={resource} name={name} />
              ))}
              <td />
            </tr>
          </thead>
          <tbody>
            {data.map((record) => (
              <RecordRow
                key={record.id}
                resource={resource}
                record={record}
                columns={columns}
                before={isChosen && <Choose resource={resource} record={record} />}
              />
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}
