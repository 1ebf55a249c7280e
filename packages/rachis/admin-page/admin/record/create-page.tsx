import { CreateBase, useNotify, useRedirect, useResourceContext } from 'ra-core'
import { useState } from 'react'
import { Link } from 'react-router-dom'
import type { Row } from '../data/client'
import type { DescribedResource, Schema } from '../data/description'
import { fieldOf, label, operation, useDescribed } from '../data/description'
import { SchemaForm } from '../form/form'
import { SchemaFields } from '../form/schema-fields'
import { Dialog } from '../shell/confirm'
import { Result } from './result'

/** What a form begins with: what the API would set where nothing is said. */
const defaultsOf = (resource: DescribedResource, { properties = {} }: Schema): object =>
  Object.fromEntries(
    Object.entries(properties as Record<string, Schema>).flatMap(([name, schema]) => {
      const value: unknown = schema.default ?? fieldOf(resource, name)?.default
      return value === undefined ? [] : [[name, value]]
    })
  )

/** What a creation answers that no read will: a key that is shown this once. */
const shownOnce = (resource: DescribedResource, answer: Row): object | undefined => {
  const entries = Object.entries(answer).filter(([name]) => !fieldOf(resource, name))
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}

interface OnceProps {
  readonly value: object
  readonly onClose: () => void
}
const Once = ({ value, onClose }: OnceProps) => (
  <Dialog title="Shown only now" onClose={onClose}>
    <p>Keep it where it is safe: it cannot be read again.</p>
    <Result value={value} />
    <div className="buttons">
      <button type="button" className="primary" onClick={onClose}>
        I have it
      </button>
    </div>
  </Dialog>
)

/** Makes a new record. */
export const CreatePage = () => {
  const resource = useDescribed(useResourceContext())
  const creation = resource && operation(resource, 'create')
  const [notify, redirect] = [useNotify(), useRedirect()]
  const [made, setMade] = useState<Row>()
  if (!resource || !creation) return null
  const leave = (row: Row) => redirect(operation(resource, 'get') ? 'show' : 'list', resource.name, row.id)
  const once = made && shownOnce(resource, made)
  const onSuccess = (row: Row) => {
    notify('ra.notification.created')
    if (shownOnce(resource, row)) setMade(row)
    else leave(row)
  }

  return (
    <CreateBase resource={resource.name} mutationOptions={{ onSuccess: onSuccess as never }}>
      <h1>{creation.summary}</h1>
      <SchemaForm
        submit="Create"
        warns={!made}
        defaultValues={defaultsOf(resource, creation.input)}
        beside={<Link to={`/${resource.name}`}>Back to {label(resource.name)}</Link>}
      >
        <SchemaFields schema={creation.input} resource={resource} />
      </SchemaForm>
      {once && <Once value={once} onClose={() => leave(made)} />}
    </CreateBase>
  )
}
