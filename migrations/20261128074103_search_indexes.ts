import type { Knex } from 'knex'

/** Outside of a transaction, so that nobody who writes waits while an index is built. */
export const config = { transaction: false }

interface Index {
  readonly table: string
  readonly name: string
  readonly now: string
  readonly formerly: string
}

const INDEXES: readonly Index[] = [
  {
    table: 'tasks',
    name: 'tasks_search_idx',
    now: `using gin ("_search")`,
    formerly: `using gin (to_tsvector('simple', lower(coalesce("title", '') || ' ' || coalesce("description", ''))))`
  },
  {
    table: 'tasks',
    name: 'tasks_search_trgm_idx',
    now: `using gin ("_search_text" gin_trgm_ops)`,
    formerly: `using gin ((lower(coalesce("title", '') || ' ' || coalesce("description", ''))) gin_trgm_ops)`
  },
  {
    table: 'products',
    name: 'products_search_idx',
    now: `using gin ("_search")`,
    formerly: `using gin (to_tsvector('simple', lower(coalesce("name", '') || ' ' || coalesce("description", '') || ' ' || coalesce("brand", '') || ' ' || coalesce("sku", ''))))`
  },
  {
    table: 'products',
    name: 'products_search_trgm_idx',
    now: `using gin ("_search_text" gin_trgm_ops)`,
    formerly: `using gin ((lower(coalesce("name", '') || ' ' || coalesce("description", '') || ' ' || coalesce("brand", '') || ' ' || coalesce("sku", ''))) gin_trgm_ops)`
  },
  {
    table: 'stores',
    name: 'stores_search_idx',
    now: `using gin ("_search")`,
    formerly: `using gin (to_tsvector('simple', lower(coalesce("name", '') || ' ' || coalesce("address", ''))))`
  },
  {
    table: 'stores',
    name: 'stores_search_trgm_idx',
    now: `using gin ("_search_text" gin_trgm_ops)`,
    formerly: `using gin ((lower(coalesce("name", '') || ' ' || coalesce("address", ''))) gin_trgm_ops)`
  }
]

/** Of the generated columns, and not left behind by a build that was interrupted. */
const isCurrent = async (knex: Knex, { name }: Index): Promise<boolean> => {
  const { rows } = await knex.raw<{ rows: { is_current: boolean }[] }>(
    `select indisvalid and indkey[0] <> 0 as is_current from pg_index where indexrelid = to_regclass('${name}')`
  )

  return rows[0]?.is_current ?? false
}

const replace = async (knex: Knex, { table, name }: Index, definition: string) => {
  await knex.raw(`drop index concurrently if exists "${name}"`)
  await knex.raw(`create index concurrently "${name}" on "${table}" ${definition}`)
}

export async function up(knex: Knex): Promise<void> {
  for (const index of INDEXES) if (!(await isCurrent(knex, index))) await replace(knex, index, index.now)
}

export async function down(knex: Knex): Promise<void> {
  for (const index of [...INDEXES].reverse()) await replace(knex, index, index.formerly)
}
