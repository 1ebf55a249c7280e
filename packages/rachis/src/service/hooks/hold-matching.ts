import type { Model } from '../../model/model'
import { seesQuiet } from '../../model/quiet'
import type { ReadTag } from '../../util/entity-tags'
import { readTag } from '../../util/entity-tags'
import type { HeldConditions, RecordConditions } from '../record-conditions'
import { beforehand } from './phased'
import type { CallContext, Hook } from './context'
import { preconditionFailed, strongTags } from './preconditions'
import type { Reading, Representation } from './representation'
import { digestOfRecord, recordIdIn, representationOf } from './representation'

/** Whether a write asks something of the record that its own statement cannot ask. */
export const isHeld = ({ params: { conditions } }: CallContext): boolean => conditions !== undefined

/** A record as its caller reads it: whole, and with what they ask of the answer, which another tag may be of. */
interface Current {
  readonly version?: string
  readonly digests: readonly string[]
  readonly modified?: Date
}

const currentOf = (
  model: Model,
  reading: Reading,
  [whole, ...asked]: readonly [Representation, ...Representation[]]
): Current => {
  const { version, updated_at: updated } = whole

  return {
    version: model.versioned ? String(version as number) : undefined,
    digests: [whole, ...asked].map((record) => digestOfRecord(model, reading, record)),
    modified: model.timestamps ? new Date(updated as string) : undefined
  }
}

/** `version` alone says all that changed of a record of which every reader sees all that this one sees. */
const isNamed = (current: Current, { version, digest }: ReadTag, isExact: boolean): boolean => {
  if (version !== undefined && version !== current.version) return false
  if (digest === undefined) return true

  return (version !== undefined && !isExact) || current.digests.includes(digest)
}

const isMatched = ({ match }: RecordConditions, current: Current | undefined, isExact: boolean): boolean => {
  if (match === undefined || match === '*') return true
  return current !== undefined && strongTags(match).some((tag) => isNamed(current, tag, isExact))
}

/** Weak tags count as well here: RFC 9110, 13.1.2. */
const isOther = ({ noneMatch }: RecordConditions, current: Current | undefined): boolean => {
  if (noneMatch === undefined || current === undefined) return true
  if (noneMatch === '*') return false

  return !noneMatch.some(({ opaque }) => {
    const tag = readTag(opaque)
    return tag !== undefined && isNamed(current, tag, true)
  })
}

/** Dates of HTTP have whole seconds. */
const isOld = ({ unmodifiedSince }: RecordConditions, current: Current | undefined): boolean => {
  if (unmodifiedSince === undefined || current?.modified === undefined) return true
  return Math.floor(current.modified.getTime() / 1000) * 1000 <= unmodifiedSince.getTime()
}

const readCurrent = async (model: Model, reading: Reading, query: object): Promise<Current | undefined> => {
  const whole = await representationOf(reading)
  if (!whole) return undefined
  const asked = Object.keys(query).length > 0 ? await representationOf(reading, query) : undefined

  return currentOf(model, reading, asked ? [whole, asked] : [whole])
}

/**
 * Locks the record until the end of the write and compares what is asked of it with what its caller reads of it then. A record that they
 * may not write is not found, as by the write itself, before anything is compared.
 */
export const holdMatching = (model: Model): Hook => {
  const seesMore = seesQuiet([...model.fields.values()])

  const hold = async (context: CallContext, conditions: HeldConditions) => {
    const { conditions: _held, ...params } = context.params
    context.params = params
    const { service } = context
    const id = recordIdIn(context) as number
    await service._lock(id, params)
    const current = await readCurrent(model, { service, params, id }, conditions.query)
    const isExact = seesMore(params.access?.columns ?? [])
    const holds = isMatched(conditions, current, isExact) && isOther(conditions, current) && isOld(conditions, current)
    if (!holds) throw preconditionFailed()
  }

  return beforehand((context) => {
    const { conditions } = context.params
    return conditions && hold(context, conditions)
  })
} // prettier-ignore
