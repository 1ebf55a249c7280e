import type { Knex } from 'knex'
import { dropTokens, PURPOSES } from '../../one-time-tokens'
import type { Application, Principal } from '../../../declare/declarations'

/** What the hooks of a changed account see of the call. */
export interface AccountChange {
  readonly app: Application
  readonly method?: string
  readonly id?: number | string
  readonly data?: unknown
  readonly params: {
    readonly provider?: string
    readonly user?: Principal
    readonly transaction?: { readonly trx: Knex.Transaction }
  }
}

/** What an administrator sets is final: no link from before, whoever holds it, leads to another address. */
export const dropLinks = async ({ app, id, data, params }: AccountChange) => {
  const { email } = data as { email?: string }
  if (!params.provider || email === undefined) return
  const knex = params.transaction?.trx ?? app.get('postgresqlClient')
  const account = await knex<{ id: number; email: string }>('users')
    .where({ id: Number(id) })
    .first('email')
  if (account && account.email !== email) await dropTokens(knex, Number(id), PURPOSES)
}
