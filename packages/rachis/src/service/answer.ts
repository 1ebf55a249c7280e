import type { HookContext } from '@feathersjs/feathers'
import { http } from '@feathersjs/transport-commons'
import type { Operation } from '../model/operations'
import { prefixOf } from '../model/prefix'
import { serverTiming } from './stage-timing'

/** The answer to a call. A transport without status and headers sends `body` alone. */
export interface Answer {
  /** As in HTTP. Hooks may have set any value: what writes it checks it. */
  readonly status: number
  /** As hooks have set them: what writes them checks them. */
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: unknown
  /** Id of the transaction in which the call has written, as events of its changes name it; undefined where it wrote nothing. */
  readonly tx?: string
}

/** The address of the one record that was created. */
const locationOf = ({ location }: Operation, result: unknown, version = 1): Record<string, string> => {
  const { id } = (result ?? {}) as { id?: string | number }

  return location === undefined || id === undefined
    ? {}
    : { Location: `${prefixOf(version)}${location.replace('{id}', String(id))}` }
}

/** What hooks left in `context.http` wins over what the operation says; `location` alone makes it a 303, as in Feathers. */
export const answerOf = (
  operation: Operation,
  context: HookContext,
  { position, tx }: { readonly position?: string; readonly tx?: string }
): Answer => {
  const { headers, body } = http.getResponse(context)
  const { status, location } = context.http ?? {}
  const timing = serverTiming(context)

  return {
    status: status ?? (location === undefined ? operation.http.status : 303),
    headers: {
      ...locationOf(operation, context.result, (context.params as { readonly version?: number }).version),
      ...(position === undefined ? {} : { 'X-Rachis-Position': position }),
      ...(tx === undefined ? {} : { 'X-Rachis-Tx': tx }),
      ...(timing === undefined ? {} : { 'Server-Timing': timing }),
      ...headers
    },
    body: body as unknown,
    ...(tx === undefined ? {} : { tx })
  }
}
