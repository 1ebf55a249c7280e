import { copyFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import knexFactory from 'knex'
import type { Knex } from 'knex'
import type { Client } from 'pg'
import { ENGINE_MIGRATIONS } from '../../packages/rachis/src/database/migration-source'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import type { Table } from '../../packages/rachis/src/model/table'
import { createDatabase, dropDatabase, MIGRATIONS } from '../helpers/database'
import { scratchFolder } from '../helpers/scratch'

/** A folder of migrations, gone with the process. */
export const folderWith = (files: Readonly<Record<string, string>> = {}): string => {
  const folder = scratchFolder('migrations')
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text)

  return folder
}
/** As above, with the engine's own migrations first. */
export const folderWithCore = (files: Readonly<Record<string, string>> = {}): string => {
  const folder = folderWith(files)
  for (const file of readdirSync(ENGINE_MIGRATIONS))
    copyFileSync(path.join(ENGINE_MIGRATIONS, file), path.join(folder, file))

  return folder
}

/** Connections to throw-away databases; `close` ends and drops them. */
export class Databases {
  private readonly open: Knex[] = []
  private readonly urls: string[] = []

  async create(template = 'template0'): Promise<string> {
    const url = await createDatabase(template)
    this.urls.push(url)

    return url
  }

  connect(url: string): Knex {
    // Knex would tell the console of every migration that is meant to fail.
    const log = { warn: () => undefined, error: () => undefined }
    const knex = knexFactory({ client: 'pg', connection: url, log, pool: { min: 0, max: 3 } })
    this.open.push(knex)

    return knex
  }

  async empty(): Promise<Knex> {
    return this.connect(await this.create())
  }

  async close(): Promise<void> {
    await Promise.all(this.open.splice(0).map((knex) => knex.destroy()))
    for (const url of this.urls.splice(0)) await dropDatabase(url)
  }
}

/** SQL as it stands: Knex would take each ? for a binding. */
export const execute = async (knex: Knex, statements: readonly string[]): Promise<void> => {
  const client = (await knex.client.acquireConnection()) as Client
  try {
    for (const sql of statements) await client.query(sql)
  } finally {
    await knex.client.releaseConnection(client)
  }
}

const CATALOG = `
  with tables as (
    select oid, relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname not like 'knex%'
  )
  select 'table' as kind, name as table, name, '' as sql from tables
  union all
  select 'column', t.name, attname, concat_ws(' ',
    format_type(atttypid, atttypmod),
    case when attnotnull then 'not null' end,
    case attidentity when 'd' then 'identity' when 'a' then 'always identity' end,
    case attgenerated when 's' then 'generated' else case when adbin is not null then 'default' end end,
    pg_get_expr(adbin, adrelid))
  from tables t join pg_attribute a on attrelid = t.oid and attnum > 0 and not attisdropped
    left join pg_attrdef d on adrelid = t.oid and adnum = attnum
  union all
  -- From version 18 on, NOT NULL is kept as a constraint with a name of its own; the column says it already.
  select 'constraint', t.name, conname, pg_get_constraintdef(c.oid)
  from tables t join pg_constraint c on conrelid = t.oid and contype <> 'n'
  union all
  select 'index', t.name, indexname, indexdef
  from tables t join pg_indexes i on i.tablename = t.name and i.schemaname = 'public'
  union all
  select 'trigger', t.name, tgname, pg_get_triggerdef(g.oid)
  from tables t join pg_trigger g on tgrelid = t.oid and not tgisinternal
  union all
  select 'function', '', proname, pg_get_functiondef(p.oid)
  from pg_proc p where pronamespace = 'public'::regnamespace
    and not exists (select from pg_depend where objid = p.oid and deptype = 'e')
  order by 1, 2, 3`

export interface Entry {
  readonly kind: 'table' | 'column' | 'constraint' | 'index' | 'trigger' | 'function'
  readonly table: string
  readonly name: string
  readonly sql: string
}

/** All that PostgreSQL knows of a database's tables, in one order. */
export const catalogOf = async (knex: Knex): Promise<Entry[]> =>
  (await knex.raw<{ rows: Entry[] }>(CATALOG)).rows

/** A migration file that does this and nothing when it is taken back. */
export const doing = (sql: string, head = '') =>
  `${head}\nexport const up = (knex) => knex.raw(${JSON.stringify(sql)})\nexport const down = async () => undefined\n`

/** Names in the catalog, as `table.name`. */
export const namesIn = (catalog: readonly Entry[], kind: Entry['kind']) =>
  catalog.filter((entry) => entry.kind === kind).map(({ table, name }) => `${table}.${name}`)

export const tablesOf = (declared: readonly AnyResource[]): Table[] =>
  lowerAll(declared).flatMap(({ table }) => (table ? [table] : []))
/** As it comes back from JSON. */
export const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/** The names of the migrations as they are shipped, in their order. */
export const SHIPPED = MIGRATIONS.flatMap((folder) =>
  readdirSync(folder)
    .flatMap((file) => (file.endsWith('.ts') ? [file.replace('.ts', '')] : []))
    .sort()
)
