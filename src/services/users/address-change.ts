import type { Knex } from 'knex'
import { dropTokens, PURPOSES } from '../../auth/one-time-tokens'
import type { Application } from '../../declarations'

interface Context {
  readonly app: Application
  readonly id?: number | string
  readonly data?: unknown
  readonly params: {
    readonly provider?: string
    readonly transaction?: { readonly trx: Knex.Transaction }
  }
}

/** What an administrator sets is final: no link from before, whoever holds it, leads to another address. */
export const dropLinks = async ({ app, id, data, params }: Context) => {
  const { email } = data as { email?: string }
  if (!params.provider || email === undefined) return
  const knex = params.transaction?.trx ?? app.get('postgresqlClient')
  const account = await knex<{ id: number; email: string }>('users')
    .where({ id: Number(id) })
    .first('email')
  if (account && account.email !== email) await dropTokens(knex, Number(id), PURPOSES)
}
