import { useDataProvider, useNotify, useRefresh } from 'ra-core'
import { useState } from 'react'
import type { Id, Untyped } from '../data/client'
import type { DescribedOperation, DescribedResource, Schema } from '../data/description'
import { label } from '../data/description'
import { SchemaForm } from '../form/form'
import { SchemaFields } from '../form/schema-fields'
import { Dialog } from '../shell/confirm'
import { Result } from './result'

/** What an operation asks for besides the record that it is called on. */
const inputOf = ({ input, target }: DescribedOperation): Schema => {
  const { properties = {} } = input as { properties?: Record<string, Schema> }
  const { id: _id, ...others } = properties

  return { ...input, properties: target === 'record' ? others : properties }
}
const asks = (schema: Schema) => Object.keys(schema.properties as object).length > 0

interface Props {
  readonly resource: DescribedResource
  readonly operation: DescribedOperation
  readonly id?: Id
  /** False where it cannot be called as things are; what was answered before stays to be read. */
  readonly isOffered?: boolean
}

interface CallOptions extends Props {
  readonly onResult: (result: unknown) => void
}

/** Calls an operation; what it answers besides a record is shown. Answers the errors of its fields, for a form. */
const useCall = ({ resource, operation, id, onResult }: CallOptions) => {
  const provider = useDataProvider()
  const [notify, refresh] = [useNotify(), useRefresh()]

  return async (data: object): Promise<object | undefined> => {
    try {
      const result: unknown = await provider.call(resource.name, operation.name, { ...data, ...(id === undefined ? {} : { id }) }) // prettier-ignore
      notify(`${label(operation.name)}: done`)
      if (operation.effect === 'write') refresh()
      onResult(operation.answers === 'output' ? result : undefined)
      return undefined
    } catch (error) {
      const { message, body } = error as { message: string; body?: Untyped }
      if (body?.errors && asks(inputOf(operation))) return body.errors as object
      notify(message, { type: 'error' })
      return undefined
    }
  }
}

/** A button that calls an operation, at once or with what its form asks for. */
export const OperationButton = (props: Props) => {
  const { operation, isOffered = true } = props
  const [isAsked, ask] = useState(false)
  const [result, setResult] = useState<unknown>()
  const schema = inputOf(operation)
  const close = (answered: unknown) => {
    ask(false)
    setResult(answered)
  }
  const call = useCall({ ...props, onResult: close })
  const name = label(operation.name)

  return (
    <>
      {isOffered && (
        <button
          type="button"
          title={operation.summary}
          onClick={() => (asks(schema) ? ask(true) : void call({}))}
        >
          {name}
        </button>
      )}
      {isAsked && (
        <Dialog title={name} onClose={() => ask(false)}>
          <p>{operation.summary}</p>
          <SchemaForm
            submit={name}
            warns={false}
            onSubmit={call}
            beside={
              <button type="button" onClick={() => ask(false)}>
                Leave it
              </button>
            }
          >
            <SchemaFields schema={schema} resource={props.resource} />
          </SchemaForm>
        </Dialog>
      )}
      {result !== undefined && (
        <Dialog title={name} onClose={() => setResult(undefined)}>
          <Result value={result} />
          <div className="buttons">
            <button type="button" onClick={() => setResult(undefined)}>
              Close
            </button>
          </div>
        </Dialog>
      )}
    </>
  )
}
