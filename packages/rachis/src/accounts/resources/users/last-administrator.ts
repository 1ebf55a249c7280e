import { ApiError } from '../../../errors/errors'
import type { AccountChange } from './address-change'
import { PREFIX } from '../../../model/prefix'

/** A PUT sets what it leaves out to its default, which is no administrator's role. */
const mayEnd = ({ method, data }: AccountChange): boolean =>
  method !== 'patch' || ['role', 'is_active'].some((name) => Object.hasOwn(data as object, name))

const administrators = ({ app, params }: AccountChange) => {
  const knex = params.transaction?.trx ?? app.get('postgresqlClient')
  return knex<{ id: number; role: string; is_active: boolean }>('users')
    .where({ role: 'admin', is_active: true })
    .select('id')
}

/**
 * Takes a change back that leaves no active administrator: only SQL could repair that. It runs in the transaction of the change, so that it
 * holds for one record and for many. The lock lets such changes happen one after the other; without it two administrators who
 * demote each other at the same time would each still count the other one. It does not block keys that refer to them.
 *
 * @throws {ApiError} CONFLICT where no active administrator would be left
 */
const keepOne = async (context: AccountChange, next: () => Promise<void>) => {
  const { provider, user } = context.params
  // Nobody else may change a role, switch an account off or remove it.
  if (!provider || user?.role !== 'admin' || !mayEnd(context)) return next()
  await administrators(context).orderBy('id').forNoKeyUpdate()
  await next()
  if ((await administrators(context).limit(1)).length > 0) return
  throw new ApiError('CONFLICT', {
    message: 'This would leave no active administrator. Make somebody else an administrator first',
    hint: `Give another active account the role admin first, by PATCH ${PREFIX}/users/<id>`
  })
}

export const lastAdministrator = { update: [keepOne], patch: [keepOne], remove: [keepOne] }
