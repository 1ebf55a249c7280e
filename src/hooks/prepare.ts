import type { Model } from '../compilers/model'
import { holdsFor } from '../compilers/policy'
import { defaultsOf } from '../compilers/schemas'
import { instantOf } from '../compilers/values'
import { invalid } from '../errors'
import type { FieldInfo, Principal } from '../resource'
import { normalized } from '../resource'
import type { CallContext, Hook } from './context'

type Row = Record<string, unknown>
/** Turns a password into what is stored. Slow by intent, so off the event loop. */
export type HashPassword = (password: string) => Promise<string>

const stored = (value: unknown, field: FieldInfo): unknown => {
  if (field.type === 'timestamptz(3)') return instantOf(value) ?? value

  return typeof value === 'string' ? normalized(value, field) : value
}

/** The columns that name the owner: the caller's, whatever the client sent. Calls of the server itself may name another. */
const ownersOf = (model: Model, user: Principal | undefined): Row =>
  user
    ? Object.fromEntries(
        [...model.fields.values()].filter(({ owner }) => owner).map(({ name }) => [name, user.id])
      )
    : {}

/** bcrypt reads 72 bytes, which may be as few as 18 characters; what it would leave out is refused. */
const wholly = (field: string, secret: string): string => {
  if (Buffer.byteLength(secret) <= 72) return secret
  throw invalid([{ field, message: 'must have at most 72 bytes', rule: 'maxLength', expected: 72 }])
}

/**
 * Completes validated data: defaults, owner, case, times in one form, passwords hashed. A PUT takes the defaults as well,
 * since what it leaves out is to be as if never set.
 */
export const prepare = (model: Model, hash: HashPassword): Hook => {
  const defaults = defaultsOf(model)
  const replaced = Object.fromEntries(Object.entries(defaults).filter(([name]) => isReplaced(model, name)))
  const secrets = [...model.fields.values()].filter((field) => field.hash).map(({ name }) => name)

  const BASES: Record<string, (context: CallContext) => Row> = {
    create: ({ params }) => ({ ...defaults, ...ownersOf(model, params.user) }),
    update: (context) => writableOf(model, context, replaced)
  }

  const complete = async (context: CallContext, row: Row): Promise<Row> => {
    const data: Row = { ...BASES[context.method]?.(context), ...normalizedRow(model, row) }
    for (const name of secrets) {
      const secret = data[name]
      if (typeof secret === 'string') data[name] = await hash(wholly(name, secret))
    }

    return data
  }

  return async (context, next) => {
    const { data } = context
    context.data = Array.isArray(data)
      ? await Promise.all(data.map((row) => complete(context, row as Row)))
      : await complete(context, data as Row)

    return next()
  }
}

const isReplaced = ({ fields, states }: Model, name: string): boolean => {
  const field = fields.get(name)!
  return field.writable === 'always' && !field.hidden && states?.field !== name
}

/** A PUT by somebody who may not write a field leaves it as it is. */
const writableOf = ({ fields }: Model, { params }: CallContext, defaults: Row): Row =>
  Object.fromEntries(
    Object.entries(defaults).filter(
      ([name]) => !params.provider || holdsFor(fields.get(name)!.write, params.user)
    )
  )

const normalizedRow = ({ fields }: Model, row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      const field = fields.get(name)
      return [name, field ? stored(value, field) : value]
    })
  )
