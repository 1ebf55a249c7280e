import { useQuery } from '@tanstack/react-query'
import { useDataProvider, useGetList, useNotify, useRefresh } from 'ra-core'
import { useState } from 'react'
import type { FormEvent } from 'react'
import type { Id, Row } from '../data/client'
import type { DescribedResource } from '../data/description'
import { isListed, label, useDescribed } from '../data/description'
import { Moment, nameOf } from '../record/value'
import { Dialog } from '../shell/confirm'
import { Waiting } from '../shell/states'

/** A removal leaves the row where it is, with the time of it. */
const latestOf = (resource: string) => ({
  filter: { resource, 'after.deleted_at': { $null: false } },
  sort: { field: 'id', order: 'DESC' as const },
  pagination: { page: 1, perPage: 20 }
})

/** The last removal of each record that is still removed; undefined until both the removals and the records have been read. */
const useRemoved = ({ name }: DescribedResource): readonly Row[] | undefined => {
  const { data: removals } = useGetList<Row>('audit', latestOf(name), { staleTime: 0 })
  const ids = [...new Set(removals?.map(({ record_id }) => record_id as Id))]
  const provider = useDataProvider()
  const { data: restored } = useQuery({
    queryKey: [name, 'restored', ids],
    queryFn: () => provider.getMany<Row>(name, { ids }),
    enabled: ids.length > 0,
    staleTime: 0
  })
  if (removals?.length === 0) return removals
  const there = restored?.data.map(({ id }) => String(id))

  return (
    there &&
    ids
      .filter((id) => !there.includes(String(id)))
      .map((id) => removals!.find(({ record_id }) => record_id === id)!)
  )
}

/** What was removed lately, by the record of changes, which administrators may read. */
const Latest = ({ resource, restore }: { resource: DescribedResource; restore: (id: Id) => void }) => {
  const data = useRemoved(resource)

  if (!data) return <Waiting />
  if (data.length === 0) return <p className="none">Nothing was removed lately.</p>

  return (
    <ul className="plain">
      {data.map((entry) => (
        <li key={entry.id}>
          {nameOf(resource, { ...(entry.after as Row), id: entry.record_id as Id })}{' '}
          <span className="none">
            #{String(entry.record_id)}, <Moment at={String(entry.created_at)} />
          </span>{' '}
          <button type="button" onClick={() => restore(entry.record_id as Id)}>
            Restore
          </button>
        </li>
      ))}
    </ul>
  )
}

/** Brings removed records back. */
const RemovedDialog = ({ resource, onClose }: { resource: DescribedResource; onClose: () => void }) => {
  const audit = useDescribed('audit')
  const provider = useDataProvider()
  const [notify, refresh] = [useNotify(), useRefresh()]
  const [problem, setProblem] = useState('')
  const restore = async (id: Id) => {
    try {
      await provider.call(resource.name, 'restore', { id: Number.isNaN(Number(id)) ? id : Number(id) })
      notify('Restored')
      refresh()
      onClose()
    } catch (error) {
      setProblem((error as Error).message)
    }
  }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    void restore(String(new FormData(event.currentTarget).get('id')))
  }

  return (
    <Dialog title={`Removed ${label(resource.name).toLowerCase()}`} onClose={onClose}>
      {audit && isListed(audit) && <Latest resource={resource} restore={(id) => void restore(id)} />}
      <form className="buttons" onSubmit={submit}>
        <label>
          Id <input name="id" required />
        </label>
        <button type="submit">Restore by id</button>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </form>
      {problem && (
        <p className="error" role="alert">
          {problem}
        </p>
      )}
    </Dialog>
  )
}
export default RemovedDialog
