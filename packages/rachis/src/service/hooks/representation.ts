import { createContext } from '@feathersjs/feathers'
import type { HookContext } from '@feathersjs/feathers'
import { ApiError } from '../../errors/errors'
import type { Model } from '../../model/model'
import { recordIn } from '../../model/versions/record'
import { digestOf, opaqueTag } from '../../util/entity-tags'
import type { CallContext } from './context'

/** A record as its caller would read it now. */
export type Representation = Readonly<Record<string, unknown>>

type Get = (id: unknown, params: object, context: object) => Promise<HookContext>

/** The record of a write, and who writes it. */
export interface Reading extends Pick<CallContext, 'service' | 'params'> {
  readonly id: unknown
}

const NOT_READ = [401, 403, 404, 405]

export const recordIdIn = ({ id, data }: { readonly id?: unknown; readonly data?: unknown }): unknown =>
  id ?? (data as { id?: unknown } | undefined)?.id

/** The parameters of a read on behalf of the same caller. */
const readerOf = ({ params }: Reading, query: object) => {
  const { user, provider, authentication, authenticated, address, trace_id, connection } = params
  const { transaction, isAdmitted, version } = params
  const known = { user, provider, authentication, authenticated, address, trace_id, connection, version }

  return { ...known, transaction, isAdmitted, query }
}

/**
 * The record of a write as a GET by its caller would answer it, read by the same stages; undefined where they may not read it.
 *
 * @param query what the answer is to have
 */
export const representationOf = async (
  reading: Reading,
  query: object = {}
): Promise<Representation | undefined> => {
  const { service, id } = reading
  const read = createContext(service as never, 'get', {})
  try {
    const done = await (service.get as unknown as Get)(id, readerOf(reading, query), read)

    return (done.dispatch ?? done.result) as Representation
  } catch (error) {
    if (error instanceof ApiError && NOT_READ.includes(error.code)) return undefined
    throw error
  }
}

/** The record in the shape of the version of the API that its caller speaks, of which their tags are. */
const shownIn = (model: Model, { params: { version } }: Reading, record: Representation): Representation =>
  version === undefined ? record : recordIn(model, version, record)

const digestOfShown = (shown: Representation): string => digestOf(JSON.stringify(shown))

export const digestOfRecord = (model: Model, reading: Reading, record: Representation): string =>
  digestOfShown(shownIn(model, reading, record))

/** The validator of the record of a write as it is now; undefined for who may not read it. */
export const currentTag = async (model: Model, reading: Reading): Promise<string | undefined> => {
  const record = await representationOf(reading)
  if (!record) return undefined
  const shown = shownIn(model, reading, record)
  const version = Number.isSafeInteger(shown.version) ? Number(shown.version) : undefined

  return `"${opaqueTag({ digest: digestOfShown(shown), version })}"`
}
