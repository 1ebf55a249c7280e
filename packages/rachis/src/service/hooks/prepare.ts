import type { Model } from '../../model/model'
import { mayWrite } from '../../rules/policy'
import { defaultsOf } from '../../model/schemas'
import { unknownFields } from '../../model/versions/unknown'
import { validationError } from '../../errors/errors'
import type { ErrorDetail } from '../../errors/errors'
import type { FieldInfo } from '../../declare'
import type { Principal } from '../../declare/declarations'
import { typeInfo } from '../../declare/column-types'
import { beforehand } from './phased'
import type { CallContext, Hook } from './context'

type Row = Record<string, unknown>
/** How passwords are judged and kept. Hashing is slow by intent, so off the event loop. */
export interface Secrets {
  hash(password: string, address?: string): Promise<string>
  problems(field: string, password: string, own: readonly string[]): Promise<ErrorDetail[]>
}

const stored = (value: unknown, field: FieldInfo): unknown => {
  const { canonical } = typeInfo(field.type)
  return canonical ? canonical(value, field) : value
}

const namesOf = ({ fields }: Model, isMeant: (field: FieldInfo) => boolean): string[] =>
  [...fields.values()].filter(isMeant).map(({ name }) => name)

/** The columns that name the owner: the caller's, whatever the client sent. Calls of the server itself may name another. */
const ownersOf = (names: readonly string[], user: Principal | undefined): Row => {
  const owners: Row = {}
  if (user) for (const name of names) owners[name] = user.id

  return owners
}

const textsOf = (row: Row, secret: string): string[] =>
  Object.entries(row).flatMap(([name, value]) =>
    typeof value === 'string' && name !== secret ? [value] : []
  )

/** The record as the caller may read it; of another one a password must not tell anything. */
const recordOf = ({ id, params, service }: CallContext): Promise<Row> =>
  id === undefined ? Promise.resolve({}) : service._get(id, { ...params, query: {} }).catch(() => ({}))

/** Judges the secrets of a call's data and puts what is kept of them in their place. */
const keepSecrets = (passwords: Secrets, names: readonly string[]) => {
  const keepIn = async (context: CallContext, data: Row) => {
    for (const name of names) {
      const secret = data[name]
      if (typeof secret !== 'string') continue
      const own = textsOf({ ...(await recordOf(context)), ...data }, name)
      const problems = await passwords.problems(name, secret, own)
      if (problems.length > 0) throw validationError(problems)
      data[name] = await passwords.hash(secret, context.params.address)
    }
  }

  // One after the other: a list whose passwords all wait at once would fill the queue, and be refused for it.
  return async (context: CallContext) => {
    for (const row of [context.data].flat() as Row[]) await keepIn(context, row)
  }
}

/** Defaults of one call alone: a hook may change a list or an object in the data of its call, which must reach no other call. */
const perCall = (defaults: Row): (() => Row) =>
  Object.values(defaults).some((value) => typeof value === 'object' && value !== null)
    ? () => structuredClone(defaults)
    : () => defaults

/**
 * Completes validated data: defaults, owner, case, times in one form, passwords hashed. A PUT takes the defaults as well,
 * since what it leaves out is to be as if never set, except for what its version of the API does not know.
 */
export const prepare = (model: Model, passwords: Secrets): Hook => {
  const defaults = defaultsOf(model)
  const created = perCall(defaults)
  const replaced = perCall(
    Object.fromEntries(Object.entries(defaults).filter(([name]) => isReplaced(model, name)))
  )
  const unknownIn = unknownFields(model)
  const secrets = namesOf(model, ({ hash }) => hash !== undefined)
  const keep = keepSecrets(passwords, secrets)
  const owners = namesOf(model, ({ owner }) => owner)

  const BASES: Record<string, (context: CallContext) => Row> = {
    create: ({ params }) => ({ ...created(), ...ownersOf(owners, params.user) }),
    update: (context) => without(unknownIn(context.params.version), writableOf(model, context, replaced()))
  }

  const filled = (context: CallContext, row: unknown): Row => ({
    ...BASES[context.method]?.(context),
    ...normalizedRow(model, row as Row)
  })

  return beforehand((context) => {
    const { data } = context
    context.data = Array.isArray(data) ? data.map((row) => filled(context, row)) : filled(context, data)
    if (secrets.length > 0) return keep(context)
  })
}

const isReplaced = ({ fields, states }: Model, name: string): boolean => {
  const field = fields.get(name)!
  return field.writable === 'always' && !field.hidden && states?.field !== name
}

/** A PUT by somebody who may not write a field leaves it as it is. */
const writableOf = (model: Model, { params }: CallContext, defaults: Row): Row =>
  Object.fromEntries(
    Object.entries(defaults).filter(([name]) => !params.provider || mayWrite(model, name, params.user))
  )

const without = (names: ReadonlySet<string>, row: Row): Row =>
  names.size === 0 ? row : Object.fromEntries(Object.entries(row).filter(([name]) => !names.has(name)))

const normalizedRow = ({ fields }: Model, row: Row): Row => {
  const normalized: Row = {}
  for (const name of Object.keys(row)) {
    // It is no column, and to assign it would give the row other names.
    if (name === '__proto__') continue
    const field = fields.get(name)
    normalized[name] = field ? stored(row[name], field) : row[name]
  }

  return normalized
}
