import type { Knex } from 'knex'

/** A column as the catalogue of the database has it. */
export interface ExistingColumn {
  readonly name: string
  /** As `format_type` spells it, such as `character varying(40)`. */
  readonly type: string
  readonly isNullable: boolean
  /** SQL of the default, or of what it is computed by. */
  readonly expression: string | null
  readonly isComputed: boolean
  readonly isIdentity: boolean
  readonly comment: string | null
  /** The words of an enumeration. */
  readonly words: readonly string[] | null
}
export interface ExistingConstraint {
  readonly name: string
  readonly kind: 'p' | 'u' | 'c' | 'f'
  readonly columns: readonly string[]
  /** As `pg_get_constraintdef` spells it. */
  readonly sql: string
  readonly references: string | null
  readonly onDelete: 'a' | 'r' | 'c' | 'n' | 'd' | null
}
export interface ExistingIndex {
  readonly name: string
  readonly columns: readonly string[]
  readonly isUnique: boolean
  /** Of whole columns by a B-tree, of all rows: what a declaration can say. */
  readonly isPlain: boolean
}
/** A table as it is in the database. */
export interface ExistingTable {
  readonly name: string
  readonly comment: string | null
  readonly columns: readonly ExistingColumn[]
  readonly constraints: readonly ExistingConstraint[]
  readonly indexes: readonly ExistingIndex[]
}

const COLUMNS = `
select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as "isNullable",
  pg_get_expr(d.adbin, d.adrelid) as expression, a.attgenerated <> '' as "isComputed", a.attidentity <> '' as "isIdentity",
  col_description(a.attrelid, a.attnum) as comment,
  (select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = a.atttypid) as words
from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = ?::oid and a.attnum > 0 and not a.attisdropped order by a.attnum`

/** The columns in the order in which the constraint has them. */
const CONSTRAINTS = `
select c.conname as name, c.contype as kind, pg_get_constraintdef(c.oid) as sql, f.relname as references,
  nullif(c.confdeltype, ' ') as "onDelete",
  (select coalesce(json_agg(a.attname order by k.place), '[]')
   from unnest(c.conkey) with ordinality k(number, place) join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number) as columns
from pg_constraint c left join pg_class f on f.oid = c.confrelid
where c.conrelid = ?::oid and c.contype in ('p', 'u', 'c', 'f') order by c.conname`

/** Without those that belong to a constraint. */
const INDEXES = `
select c.relname as name, i.indisunique as "isUnique",
  i.indpred is null and i.indexprs is null and m.amname = 'btree' and i.indnatts = i.indnkeyatts as "isPlain",
  (select coalesce(json_agg(a.attname order by k.place), '[]')
   from unnest(i.indkey) with ordinality k(number, place) join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number) as columns
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam
where i.indrelid = ?::oid and not exists (select from pg_constraint o where o.conindid = i.indexrelid and o.conrelid = i.indrelid)
order by c.relname`

const TABLE = `
select c.oid::int8::text as oid, obj_description(c.oid, 'pg_class') as comment
from pg_class c where c.oid = to_regclass(quote_ident(?)) and c.relkind in ('r', 'p')`

const rows = async <T>(knex: Knex, sql: string, values: readonly string[]): Promise<T[]> =>
  (await knex.raw<{ rows: T[] }>(sql, values as string[])).rows

/** The tables of the database's own schema. */
export const tableNames = async (knex: Knex): Promise<string[]> =>
  (await rows<{ name: string }>(knex, `select relname as name from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r' order by 1`, [])).map(({ name }) => name) // prettier-ignore

/** What the catalogue knows of a table; undefined where there is none of this name. */
export const introspect = async (knex: Knex, name: string): Promise<ExistingTable | undefined> => {
  const [table] = await rows<{ oid: string; comment: string | null }>(knex, TABLE, [name])
  if (!table) return undefined
  const { oid, comment } = table
  const columns = await rows<ExistingColumn>(knex, COLUMNS, [oid])
  const constraints = await rows<ExistingConstraint>(knex, CONSTRAINTS, [oid])
  const indexes = await rows<ExistingIndex>(knex, INDEXES, [oid])

  return { name, comment, columns, constraints, indexes }
}
