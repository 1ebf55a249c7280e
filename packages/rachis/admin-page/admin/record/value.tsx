import { useReference } from 'ra-core'
import { Link } from 'react-router-dom'
import type { Id, Row } from '../data/client'
import type { DescribedField, DescribedResource } from '../data/description'
import { operation, useDescribed } from '../data/description'
import { FILES } from '../data/files'
import { FileShown } from '../files/file-shown'

/** What a record is called by where others refer to it. */
export const nameOf = ({ title }: DescribedResource, record: Row): string =>
  String(record[title] ?? `#${record.id}`)

const Reference = ({ resource, id }: { resource: DescribedResource; id: Id }) => {
  const { referenceRecord } = useReference({ reference: resource.name, id })
  const text = referenceRecord ? nameOf(resource, referenceRecord as Row) : `#${id}`

  return operation(resource, 'get') ? <Link to={`/${resource.name}/${id}/show`}>{text}</Link> : <>{text}</>
}

interface ReferenceProps {
  readonly name: string
  readonly id: Id
  /** Of a picture, where it is one. */
  readonly size?: 'small' | 'large'
}
export const ReferenceOf = ({ name, id, size = 'small' }: ReferenceProps) => {
  const resource = useDescribed(name)
  if (name === FILES) return <FileShown id={String(id)} size={size} />

  return resource && operation(resource, 'find') ? <Reference resource={resource} id={id} /> : <>#{id}</>
}

/** The time here, where the reader is. */
export const Moment = ({ at }: { at: string }) => {
  const time = new Date(at)
  const shown = Number.isNaN(time.getTime()) ? at : time.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }) // prettier-ignore

  return (
    <time dateTime={at} title={at}>
      {shown}
    </time>
  )
}

/** A day as it is written here, `29 Nov 2026`; any other text stays. It is the same day in every time zone. */
export const dayText = (text: string): string => {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []

  return day
    ? new Date(Number(year), Number(month) - 1, Number(day)).toLocaleDateString(undefined, { dateStyle: 'medium' }) // prettier-ignore
    : text
}

const isCurrency = (value: unknown): value is string => typeof value === 'string' && /^[A-Z]{3}$/.test(value)

/** An amount with its digits, in the currency that its record names if it names one. */
export const amount = (value: number, decimals: number, currency?: unknown): string => {
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals }
  return value.toLocaleString(
    undefined,
    isCurrency(currency) ? { style: 'currency', currency, ...digits } : digits
  )
}

const List = ({ items }: { items: readonly unknown[] }) => (
  <span className="chips">
    {items.map((item, index) => (
      <span key={index} className="chip">
        {typeof item === 'object' ? JSON.stringify(item) : String(item)}
      </span>
    ))}
  </span>
)

const isPlain = (value: unknown) => typeof value !== 'object' || value === null

/** An object that has nothing but single values, such as an address, as its lines; any other one as JSON. */
const Pairs = ({ value }: { value: object }) =>
  Object.values(value).every(isPlain) ? (
    <ul className="pairs">
      {Object.entries(value).map(([name, inner]) => (
        <li key={name}>
          <span className="none">{name}</span> {String(inner ?? '–')}
        </li>
      ))}
    </ul>
  ) : (
    <code className="json">{JSON.stringify(value)}</code>
  )

const isEmpty = (value: unknown) =>
  value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0)

interface ValueProps {
  readonly field: DescribedField
  readonly record: Row
  /** Of a picture. */
  readonly size?: 'small' | 'large'
}

/** One value of a record, as people read it. */
export const Value = ({ field, record, size = 'small' }: ValueProps) => {
  const value = record[field.name]
  if (isEmpty(value)) return <span className="none">–</span>
  if (field.references) return <ReferenceOf name={field.references} id={value as Id} size={size} />
  if (typeof value === 'boolean') return <>{value ? 'Yes' : 'No'}</>
  if (field.isInstant) return <Moment at={String(value)} />
  if (field.schema.format === 'date') return <>{dayText(String(value))}</>
  if (field.decimals !== undefined) return <>{amount(Number(value), field.decimals, record.currency)}</>
  if (Array.isArray(value)) return <List items={value} />
  if (typeof value === 'object') return <Pairs value={value as object} />
  if (field.schema.enum)
    return <span className={`badge ${String(value)}`}>{String(value).replace(/_/g, ' ')}</span>

  return <>{String(value)}</>
}
