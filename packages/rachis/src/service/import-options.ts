import type { FieldInfo } from '../declare'
import { ApiError } from '../errors/errors'
import type { Model } from '../model/model'
import { badQuery } from '../model/query-parameter'
import { similar } from '../util/similar'

/** How a client wants a file to be imported. */
export interface ImportOptions {
  /** The field by which a record is known that is there already, and is changed then. */
  readonly upsert?: FieldInfo
  /** Whether all is taken back again. */
  readonly dryRun: boolean
  /** Whether records that cannot be written are passed over; otherwise all are written or none. */
  readonly skips: boolean
}

const NAMES = ['upsert', 'dry_run', 'on_error'] as const

const oneOf = <T extends string>(name: string, value: unknown, words: readonly [T, ...T[]]): T => {
  if (value === undefined) return words[0]
  const word = words.find((one) => one === value)
  if (word === undefined) throw badQuery(name, `${name} must be one of ${words.join(', ')}`)

  return word
}

/** An id is no field that a creation takes, but one by which a record is found. */
const identifies = (field: FieldInfo) => field.name === 'id' || (field.unique && !field.hidden)

const keyOf = ({ name: resource, fields, operations }: Model, name: unknown): FieldInfo => {
  const keys = [...fields.values()].filter(identifies)
  const key = keys.find((field) => field.name === name)
  if (!key)
    throw badQuery('upsert', 'upsert must be a field that no two records share', `Here: ${keys.map((field) => field.name).join(', ')}`) // prettier-ignore
  const missing = ['find', 'patch'].find((needed) => !operations.some((one) => one.name === needed))
  if (missing)
    throw new ApiError('BAD_QUERY', { field: 'upsert', message: `Nobody may ${missing} ${resource}` })
  if (operations.some((one) => one.name === 'patch' && one.ifMatch === 'required'))
    throw badQuery(
      'upsert',
      `Records of ${resource} are changed with If-Match only, which a file has no place for`,
      'Import without upsert, which creates records, and change the others one by one'
    )

  return key
}

/**
 * Reads the parameters of an import.
 *
 * @example readImportOptions(books, { upsert: 'isbn', on_error: 'skip' }) // { upsert: { name: 'isbn', … }, dryRun: false, skips: true }
 * @throws BAD_QUERY for what is not known, or is no field that identifies a record
 */
export const readImportOptions = (model: Model, query: Readonly<Record<string, unknown>>): ImportOptions => {
  const unknown = Object.keys(query).find((name) => !NAMES.includes(name as never))
  if (unknown !== undefined) {
    const near = similar(unknown, NAMES)
    const hint = near ? `Did you mean ${near}?` : `Parameters here: ${NAMES.join(', ')}`
    throw badQuery(unknown, `${unknown} is not a parameter of an import`, hint)
  }
  const { upsert, dry_run, on_error } = query

  return {
    ...(upsert === undefined ? {} : { upsert: keyOf(model, upsert) }),
    dryRun: oneOf('dry_run', dry_run, ['false', 'true']) === 'true',
    skips: oneOf('on_error', on_error, ['abort', 'skip']) === 'skip'
  }
}
