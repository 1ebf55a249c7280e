import type { Knex } from 'knex'

const STATEMENT = 'explained_statement'
const PARAMETER = /\$(\d+)/g

/** As many as the highest number of a parameter says. */
const parametersOf = (sql: string) =>
  Math.max(0, ...[...sql.matchAll(PARAMETER)].map(([, number]) => Number(number)))

/**
 * The plan of a statement for any values of its parameters, line by line; nothing of it is executed. `explain (generic_plan)` would be the short way, but PostgreSQL
 * knows it from 16 on.
 *
 * @throws the refusal of the server
 * @example await explainGeneric(knex, 'select * from tasks where id = $1') // ['Index Scan using tasks_pkey on tasks …', …]
 */
export const explainGeneric = (knex: Knex, sql: string): Promise<string[]> =>
  knex.transaction(async (trx) => {
    const values = Array.from({ length: parametersOf(sql) }, () => 'null').join(', ')
    await trx.raw('set local plan_cache_mode = force_generic_plan')
    await trx.raw(`prepare ${STATEMENT} as ${sql.replace(/\?/g, '\\?')}`)
    try {
      const { rows } = (await trx.raw(`explain execute ${STATEMENT}${values && `(${values})`}`)) as {
        rows: { 'QUERY PLAN': string }[]
      }
      return rows.map((row) => row['QUERY PLAN'])
    } finally {
      await trx.raw(`deallocate ${STATEMENT}`).catch(() => undefined)
    }
  })
