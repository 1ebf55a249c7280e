import type { Knex } from 'knex'
import { literal, quote } from '../util/quote'

/** What PostgreSQL says of rows that break a condition. */
export interface Violation {
  readonly code?: string
  readonly table?: string
  readonly constraint?: string
}

/** PostgreSQL's codes of rows that break a foreign key, a key and a check. */
const VIOLATIONS: readonly unknown[] = ['23503', '23505', '23514']

const conditionOf = async (knex: Knex, { table, constraint }: Violation): Promise<string | undefined> => {
  if (table === undefined || constraint === undefined) return undefined
  const { rows } = await knex.raw<{ rows: { condition: string }[] }>(
    `select pg_get_expr(conbin, conrelid) as condition from pg_constraint
    where contype = 'c' and conrelid = to_regclass(${literal(quote(table))}) and conname = ${literal(constraint)}`
  )

  return rows[0]?.condition
}

const CORRECT = 'Correct the rows and migrate again'
/** Of a file that runs outside of a transaction. */
const APPLIED = `The files before this one are applied, and hold for what is written from now on. ${CORRECT}`
const TAKEN_BACK = 'Correct the rows that what is brought back does not let pass, and roll back again'

/**
 * What to do where rows break what a migration asks of them; undefined where it failed for something else. In a transaction that has
 * failed nothing more can be read, and so the rows are not told there.
 */
export const violationHint = async (
  knex: Knex,
  direction: 'up' | 'down',
  error: Violation
): Promise<string | undefined> => {
  if (!VIOLATIONS.includes(error.code)) return undefined
  if (direction === 'down') return TAKEN_BACK
  if (knex.isTransaction) return CORRECT
  const condition = await conditionOf(knex, error)

  return condition === undefined
    ? APPLIED
    : `${APPLIED}. This finds them: select * from ${quote(error.table!)} where not (${condition})`
}
