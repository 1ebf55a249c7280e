import type { Knex } from 'knex'
import type { Model } from '../model/model'
import { DeclarationError } from '../declare/verify'
import type { Problem } from '../declare/verify'

const COLUMNS = `
select table_name, array_agg(attname::text) filter (where attname is not null) as columns
from unnest(?::text[]) as table_name left join pg_attribute
  on attrelid = to_regclass(quote_ident(table_name)) and attnum > 0 and not attisdropped
group by table_name`

interface ColumnRow {
  readonly table_name: string
  readonly columns: readonly string[] | null
}

const hintOf = ({ source, table }: Model) =>
  table
    ? 'run npm run migrate:make, read what it writes, and start again'
    : `have source name a table with this column in place of ${source}`

const problemsOf = (model: Model, columns: readonly string[] | null): Problem[] => {
  const { name, source, fields } = model
  const at = (path: string, what: string) => ({
    resource: name,
    path,
    message: `${name}: ${what}`,
    hint: hintOf(model)
  })
  if (!columns) return [at(model.table ? 'name' : 'source', `the database has no table ${source}`)]

  return [...fields.keys()]
    .filter((column) => !columns.includes(column))
    .map((column) => at(`fields.${column}`, `the table ${source} has no column ${column}`))
}

/**
 * Every call would fail where the database has not what is declared: a migration that was not made, or a source that is
 * misspelt.
 *
 * @throws {DeclarationError} with each table and column that is missing
 */
export const assertSchema = async (knex: Knex, models: readonly Model[]): Promise<void> => {
  const read = models.filter(({ source }) => source)
  const { rows } = await knex.raw<{ rows: ColumnRow[] }>(COLUMNS, [read.map(({ source }) => source!)])
  const columns = new Map(rows.map((row) => [row.table_name, row.columns]))
  const problems = read.flatMap((model) => problemsOf(model, columns.get(model.source!) ?? null))
  if (problems.length > 0) throw new DeclarationError(problems)
}
