import type { ReplicaReads } from '../replica/replica-reads'
import type { ResourceParams } from '../service-params'
import type { Admit } from '../../sql/database'
import type { ShareRequest } from '../pool-shares'
import type { ReadSource } from '../replica/source'
import type { CallContext, Hook } from './context'
import { beforehand } from './phased'

/** Whether a filter asks for properties of other records, at any depth. */
const hasPath = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).some(([key, inner]) => key.includes('.') || hasPath(inner))

/** What is asked of records by relations is read under the rules of other resources. */
const hasRelated = ({ query = {} }: ResourceParams) =>
  query.include !== undefined || query.$include !== undefined || hasPath(query)

const headerOf = ({ headers = {} }: ResourceParams, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/**
 * Where a client's own read goes; undefined for the primary.
 *
 * @param model undefined where the read may ask for records of any resource
 * @param admit what it waits for in front of the primary
 */
export const sourceFor = (
  reads: ReplicaReads,
  params: ResourceParams,
  model: string | undefined,
  admit: Admit
): Promise<ReadSource | undefined> =>
  reads.sourceFor({
    model: hasRelated(params) ? undefined : model,
    caller: params as object,
    tx: headerOf(params, 'x-rachis-tx'),
    admit
  })

interface SourceOptions {
  readonly isOwn?: boolean
  readonly operation?: string
}

/**
 * Chooses the server that the reads of a client's call go to. Calls that it makes with its parameters read there as well; those of a
 * write, and those that say which changes they include, read the primary.
 *
 * @param isOwn whether code of the declaration reads, of which nobody knows what it asks for
 * @param operation for what it counts where the primary reads it after all; for its table, where it is left out
 */
export const readSource = (
  model: { readonly name: string },
  { isOwn = false, operation }: SourceOptions = {}
): Hook => {
  const choose = async (context: CallContext, reads: ReplicaReads) => {
    const { mayReadCopy: _may, ...params } = context.params
    const asked: ShareRequest = operation === undefined ? { table: context.path } : { operation }
    const admit: Admit = (work) => context.app.get('shares').run(asked, params, work)
    const source = params.transaction
      ? undefined
      : await sourceFor(reads, params, isOwn ? undefined : model.name, admit)
    context.params = source ? { ...params, source } : params
  }

  return beforehand((context) => {
    const reads = context.app.get('replicaReads')
    if (context.params.mayReadCopy && reads) return choose(context, reads)
  })
}
