import type { Predicate } from '../../declare/predicate'
import { createDatabase } from '../../database/query'
import type { Model } from '../../model/model'
import { membershipsOf } from '../../rules/memberships'
import { readableColumns, restrictionOf } from '../../rules/policy'
import { targetOf } from '../../service/target'
import { selectMemberships } from '../../sql/memberships'
import { select } from '../../sql/statements'
import type { Json, Person } from '../wire'
import type { TestApp } from '../test-app'
import type { SqlConnection } from './tables'

/** What a person is to the rules now; nobody where they can no longer sign in. */
export const userOf = async (
  hand: SqlConnection,
  models: readonly Model[],
  { id }: Person
): Promise<Json | null> => {
  if (id === undefined) return null
  const [row] = await hand.sql('select * from users where id = $1', [id])
  const memberships = membershipsOf(models)
  if (!row || memberships.length === 0) return row ? { ...row, id } : null
  const { text, values } = selectMemberships(memberships, id)
  const [lists] = await hand.sql(text, [...values])

  return { ...row, id, ...lists }
}

/** The records that a rule holds for, for this user. */
export const allowed = async (
  { app }: TestApp,
  model: Model,
  rule: Predicate,
  user: object | null
): Promise<unknown[]> => {
  const where = restrictionOf(rule, user)
  if (where.kind === 'false') return []
  const database = createDatabase(app.get('postgresqlClient'))

  return (await database.query(select(targetOf(model), { where }, ['id']))).map(({ id }) => id)
}

/** The columns of each record that a user may read, asked in the database and not in memory. */
export const shownColumns = async (
  world: TestApp,
  model: Model,
  user: object | null
): Promise<(id: unknown) => string[]> => {
  const columns = readableColumns(model, user)
  const rules = [...model.fieldRules.values()].map(
    async ({ name, read }) => [name, new Set(await allowed(world, model, read, user))] as const
  )
  const shown = new Map(await Promise.all(rules))

  return (id) => columns.filter((name) => shown.get(name)?.has(id) ?? true)
}
