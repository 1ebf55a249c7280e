import type { Params } from '@feathersjs/feathers'
import type { Knex } from 'knex'
import type { Application } from '../declare/declarations'
import type { ApiError } from '../errors/errors'
import type { ResourceParams } from '../service/service-params'
import type { LookUp } from '../util/gathered'
import { gathered } from '../util/gathered'

/** Where a look-up is run, if not on the connections that all calls share. */
export type On = Params & Pick<ResourceParams, 'transaction' | 'isAdmitted'>

/** Records that one statement reads, at most. */
const AT_ONCE = 100

/** What a principal is made of, by the ids of the session and of the user. */
export interface LookUps {
  readonly session: LookUp<string, SessionRow>
  readonly user: LookUp<number, UserRow>
  /** What the user is a member of. */
  readonly memberships: LookUp<number, object>
}
type SessionRow = Awaited<ReturnType<typeof getSession>>
type UserRow = Awaited<ReturnType<typeof getUser>>

/** Reads what users are members of, by their ids. */
export type ReadMemberships = (ids: readonly number[], on: On) => Promise<ReadonlyMap<number, object>>

const getSession = (app: Application, id: string, on: On) => app.service('sessions').get(id, on)
const getUser = (app: Application, id: number, on: On) => app.service('users').get(id, on)

const orNothing = (error: ApiError): undefined => {
  if (error.errorCode !== 'NOT_FOUND') throw error
}

/** Each by a statement of its own, as for a call: the statements of one record are prepared. */
const alone = (app: Application, readMemberships: ReadMemberships, on: On): LookUps => ({
  session: (id) => getSession(app, id, on).catch(orNothing),
  user: (id) => getUser(app, id, on).catch(orNothing),
  memberships: async (id) => (await readMemberships([id], on)).get(id)
})

/** All that are asked for in one turn by one statement: hundreds of users may change at once, and each of them has to be looked up. */
const together = (app: Application, readMemberships: ReadMemberships, on: On): LookUps => {
  const rows = async <R extends { readonly id: unknown }>(
    name: 'sessions' | 'users',
    ids: readonly R['id'][]
  ) => {
    const found = await app
      .service(name)
      .find({ ...on, query: { id: { $in: ids } }, paginate: false } as object)
    return new Map((found as unknown as R[]).map((row): [R['id'], R] => [row.id, row]))
  }

  return {
    session: gathered((ids) => rows<SessionRow>('sessions', ids), AT_ONCE),
    user: gathered((ids) => rows<UserRow>('users', ids), AT_ONCE),
    memberships: gathered((ids) => readMemberships(ids, on), AT_ONCE)
  }
}

/** Looks principals up: for calls alone, and for the program, which asks for many, together. */
export const lookUps = (app: Application, readMemberships: ReadMemberships) => {
  const known = new WeakMap<Knex, LookUps>()

  return (on: On): LookUps => {
    const { transaction, isAdmitted } = on
    if (!isAdmitted || !transaction) return alone(app, readMemberships, on)
    const own = known.get(transaction.trx) ?? together(app, readMemberships, on)
    known.set(transaction.trx, own)

    return own
  }
}

/** Where the look-ups of a call are run. */
export const onOf = ({ transaction, isAdmitted }: Partial<ResourceParams>): On => ({
  transaction,
  isAdmitted
})
