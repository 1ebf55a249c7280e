import { randomUUID } from 'crypto'
import type { Answer, Caller } from '../service/call'
import type { Operation } from '../model/operations'
import type { CallWatch, WatchedCall } from '../util/call-watch'
import type { FeathersConnection } from './feathers-connection'

const statusOf = (error: unknown): number => {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return typeof code === 'number' ? code : 500
}

/** Runs a call of a socket, of which those are told who watch calls. It is given a trace id of its own, since a socket sends none. */
export const watchCall = async (
  watch: CallWatch | undefined,
  { operation, path }: { readonly operation: Operation; readonly path: string },
  { address }: FeathersConnection,
  work: (facts: Pick<Caller, 'watched' | 'trace_id'>) => Promise<Answer>
): Promise<Answer> => {
  if (!watch) return work({})
  const trace_id = randomUUID()
  const { name: method } = operation
  const watched: WatchedCall = { transport: 'socketio', method, route: `${path}.${method}`, trace_id, address }
  const end = watch.begin(watched)
  try {
    const answer = await watch.run(watched, () => work({ watched, trace_id }))
    end(answer.status)
    return answer
  } catch (error) {
    end(statusOf(error))
    throw error
  }
} // prettier-ignore
