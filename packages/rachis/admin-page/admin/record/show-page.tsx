import { ShowBase, useRecordContext, useRefresh, useResourceContext } from 'ra-core'
import { lazy, Suspense, useCallback, useState } from 'react'
import { Link } from 'react-router-dom'
import type { Row } from '../data/client'
import { isAllowed } from '../data/allowed'
import type { DescribedResource } from '../data/description'
import { label, operation, useDescribed } from '../data/description'
import { FILES } from '../data/files'
import { useIsMarked, useLiveRecord } from '../data/live'
import { FileShown } from '../files/file-shown'
import { Operations } from './operations'
import { Related } from './related'
import { nameOf, Value } from './value'

const History = lazy(() => import('./history'))

const Past = ({ resource, record }: { resource: DescribedResource; record: Row }) => {
  const [isOpen, setOpen] = useState(false)
  if (!operation(resource, 'history')) return null

  return (
    <section className="related">
      <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        History
      </button>
      <Suspense>{isOpen && <History resource={resource} record={record} />}</Suspense>
    </section>
  )
}

const Fields = ({ resource, record }: { resource: DescribedResource; record: Row }) => (
  <dl className="record">
    {resource.fields
      .filter(({ name }) => name in record)
      .map((field) => (
        <div key={field.name}>
          <dt>{label(field.name)}</dt>
          <dd>
            <Value field={field} record={record} size="large" />
          </dd>
        </div>
      ))}
  </dl>
)

const Head = ({ resource, record }: { resource: DescribedResource; record: Row }) => {
  const isMarked = useIsMarked(resource.name, record.id)
  const patch = operation(resource, 'patch')

  return (
    <div className="head">
      <h1>{nameOf(resource, record)}</h1>
      {isMarked && <span className="badge live">changed</span>}
      <span className="spring" />
      <Operations resource={resource} record={record} />
      {patch && isAllowed(resource, patch, record) && (
        <Link className="button primary" to={`/${resource.name}/${record.id}`}>
          Edit
        </Link>
      )}
    </div>
  )
}

const Record = ({ resource }: { resource: DescribedResource }) => {
  const record = useRecordContext<Row>()
  const refresh = useRefresh()
  const onChange = useCallback(() => refresh(), [refresh])
  useLiveRecord(resource, record?.id, onChange)
  if (!record) return null

  return (
    <>
      <p>
        <Link to={`/${resource.name}`}>{label(resource.name)}</Link>
      </p>
      <Head resource={resource} record={record} />
      {resource.name === FILES && <FileShown id={String(record.id)} size="large" />}
      <Fields resource={resource} record={record} />
      <Related resource={resource} record={record} />
      <Past resource={resource} record={record} />
    </>
  )
}

/** One record, what belongs to it, and what can be done with it. */
export const ShowPage = () => {
  const resource = useDescribed(useResourceContext())
  if (!resource) return null

  return (
    <ShowBase resource={resource.name}>
      <Record resource={resource} />
    </ShowBase>
  )
}
