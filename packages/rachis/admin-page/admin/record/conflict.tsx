import { useGetOne, useRecordContext, useRefresh, useUpdate, useNotify, useRedirect } from 'ra-core'
import { useCallback, useState } from 'react'
import type { Row } from '../data/client'
import { changedOf } from '../data/data-provider'
import type { DescribedResource } from '../data/description'
import { label } from '../data/description'
import { useLiveRecord } from '../data/live'
import { Dialog } from '../shell/confirm'

const textOf = (value: unknown): string =>
  value === null || value === undefined
    ? '–'
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value)

interface Props {
  readonly resource: DescribedResource
  /** What was to be written. */
  readonly mine: object
  readonly onClose: () => void
}

const Differences = ({ mine, theirs, base }: { mine: object; theirs: Row; base: Row }) => (
  <table>
    <thead>
      <tr>
        <th scope="col">Field</th>
        <th scope="col">As it is now</th>
        <th scope="col">As you have it</th>
      </tr>
    </thead>
    <tbody>
      {Object.entries({ ...changedOf(theirs, base), ...changedOf(mine, base) })
        .filter(([name]) => name !== 'updated_at' && name !== 'version')
        .map(([name]) => (
          <tr key={name}>
            <th scope="row">{label(name)}</th>
            <td>{textOf(theirs[name])}</td>
            <td>{textOf((mine as Row)[name])}</td>
          </tr>
        ))}
    </tbody>
  </table>
)

/** Somebody else was faster: shows what they made of the record, and lets whoever sits here decide. */
export const Conflict = ({ resource, mine, onClose }: Props) => {
  const base = useRecordContext<Row>()!
  const { data: theirs } = useGetOne<Row>(
    resource.name,
    { id: base.id, meta: { anew: true } },
    { staleTime: 0 }
  )
  const [update] = useUpdate<Row>()
  const [notify, redirect, refresh] = [useNotify(), useRedirect(), useRefresh()]
  const takeTheirs = () => {
    onClose()
    refresh()
  }
  const takeMine = () =>
    void update(
      resource.name,
      { id: base.id, data: changedOf(mine, base), previousData: theirs as Row },
      {
        mutationMode: 'pessimistic',
        onSuccess: () => {
          notify('ra.notification.updated')
          redirect('show', resource.name, base.id)
        },
        onError: (error) => notify((error as Error).message, { type: 'error' })
      }
    )

  return (
    <Dialog title="Somebody changed this record meanwhile" onClose={onClose}>
      <p>Nothing of yours was saved yet.</p>
      {theirs && <Differences mine={mine} theirs={theirs} base={base} />}
      <div className="buttons">
        <button type="button" className="primary" disabled={!theirs} onClick={takeMine}>
          Save mine all the same
        </button>
        <button type="button" onClick={takeTheirs}>
          Take what is there
        </button>
        <button type="button" onClick={onClose}>
          Go on editing
        </button>
      </div>
    </Dialog>
  )
}

/** Says so as soon as somebody else changes the record that is being edited. */
export const ChangedMeanwhile = ({ resource }: { resource: DescribedResource }) => {
  const record = useRecordContext<Row>()!
  const refresh = useRefresh()
  const [what, setWhat] = useState<string>()
  const onChange = useCallback((event: string) => setWhat(event), [])
  useLiveRecord(resource, record.id, onChange)
  if (!what) return null

  return (
    <div className="banner warning" role="alert">
      {what === 'removed'
        ? 'This record was removed, or is not yours to see any more.'
        : 'Somebody changed this record meanwhile.'}{' '}
      <button
        type="button"
        onClick={() => {
          setWhat(undefined)
          refresh()
        }}
      >
        Show it as it is now
      </button>
    </div>
  )
}
