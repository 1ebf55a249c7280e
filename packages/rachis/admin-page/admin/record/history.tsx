import { useDataProvider } from 'ra-core'
import { useQuery } from '@tanstack/react-query'
import type { Id, Row } from '../data/client'
import { client } from '../data/client'
import type { DescribedResource } from '../data/description'
import { fieldOf, label } from '../data/description'
import { Waiting, Wrong } from '../shell/states'
import { Moment, ReferenceOf, Value } from './value'

interface Entry {
  readonly position: number
  readonly event: string
  readonly action: string | null
  readonly user_id: Id | null
  readonly impersonator_id: Id | null
  readonly at: string
  readonly changes: Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>>
}

/** A value as its field shows it. */
const Shown = ({ resource, name, value }: { resource: DescribedResource; name: string; value: unknown }) => {
  const field = fieldOf(resource, name)
  return field ? <Value field={field} record={{ id: 0, [name]: value } as Row} /> : <>{String(value)}</>
}

/** Administrators are told who it was; others know it of their own changes alone. */
const nobody = () => (client.session?.user.role === 'admin' ? 'the server' : 'somebody else, or the server')

const Who = ({ user_id, impersonator_id }: Entry) => (
  <>
    {user_id === null ? nobody() : <ReferenceOf name="users" id={user_id} />}
    {impersonator_id !== null && (
      <>
        {' '}
        (by <ReferenceOf name="users" id={impersonator_id} />)
      </>
    )}
  </>
)

const Changes = ({ resource, entry }: { resource: DescribedResource; entry: Entry }) => (
  <ul>
    {Object.entries(entry.changes)
      .filter(([name]) => name !== 'updated_at' && name !== 'version')
      .map(([name, { from, to }]) => (
        <li key={name}>
          {label(name)}: <Shown resource={resource} name={name} value={from} /> →{' '}
          <Shown resource={resource} name={name} value={to} />
        </li>
      ))}
  </ul>
)

/** Who changed what of a record, and when. */
const History = ({ resource, record }: { resource: DescribedResource; record: Row }) => {
  const provider = useDataProvider()
  const { data, error } = useQuery<{ data: Entry[] }>({
    queryKey: [resource.name, 'history', record.id, record.updated_at],
    queryFn: () => provider.call(resource.name, 'history', { id: record.id })
  })
  if (error) return <Wrong error={error} />
  if (!data) return <Waiting />

  return (
    <ol className="history">
      {data.data.map((entry) => (
        <li key={entry.position}>
          <strong>{label(entry.action ?? entry.event)}</strong> by <Who {...entry} />,{' '}
          <Moment at={entry.at} />
          {entry.event !== 'created' && <Changes resource={resource} entry={entry} />}
        </li>
      ))}
    </ol>
  )
}
export default History
