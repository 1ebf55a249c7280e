import { EditBase, useNotify, useRecordContext, useResourceContext } from 'ra-core'
import { useState } from 'react'
import { Link } from 'react-router-dom'
import type { Row } from '../data/client'
import type { DescribedOperation, DescribedResource } from '../data/description'
import { operation, useDescribed } from '../data/description'
import { SchemaForm } from '../form/form'
import { SchemaFields } from '../form/schema-fields'
import { ChangedMeanwhile, Conflict } from './conflict'
import { nameOf } from './value'

interface Props {
  readonly resource: DescribedResource
  readonly patch: DescribedOperation
}

const EditForm = ({ resource, patch }: Props) => {
  const record = useRecordContext<Row>()
  if (!record) return null

  return (
    <>
      <h1>Edit {nameOf(resource, record)}</h1>
      <ChangedMeanwhile resource={resource} />
      <SchemaForm submit="Save" beside={<Link to={`/${resource.name}/${record.id}/show`}>Leave it</Link>}>
        <SchemaFields schema={{ ...patch.input, required: [] }} resource={resource} />
      </SchemaForm>
    </>
  )
}

const hasFields = (error: unknown) => (error as { body?: { errors?: object } }).body?.errors !== undefined
const isConflict = (error: unknown) => (error as { status?: number }).status === 412

/** Changes a record. A write says of which record it knows, so that nobody's change is lost. */
export const EditPage = () => {
  const resource = useDescribed(useResourceContext())
  const patch = resource && operation(resource, 'patch')
  const notify = useNotify()
  const [conflict, setConflict] = useState<object>()
  if (!resource || !patch) return null

  return (
    <EditBase
      resource={resource.name}
      redirect="show"
      mutationMode="pessimistic"
      queryOptions={{ staleTime: 0, refetchOnReconnect: false }}
      mutationOptions={{
        onError: (error: unknown, variables: unknown) => {
          if (isConflict(error)) setConflict((variables as { data?: object }).data)
          else if (!hasFields(error)) notify((error as Error).message, { type: 'error' })
        }
      }}
    >
      <EditForm resource={resource} patch={patch} />
      {conflict && <Conflict resource={resource} mine={conflict} onClose={() => setConflict(undefined)} />}
    </EditBase>
  )
}
