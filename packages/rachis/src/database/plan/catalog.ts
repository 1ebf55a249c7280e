import type { Client } from 'pg'
import type { Constraint, Index, Table, TableColumn } from '../../model/table'
import { BRIDGE } from './bridge'

/** Tables of a schema as PostgreSQL's catalogue describes them. */
const CATALOG = `
select c.relname as name,
  (select json_agg(json_build_object(
      'name', attname, 'type', replace(format_type(atttypid, atttypmod), 'timestamp(3) with time zone', 'timestamptz(3)'),
      'nullable', not attnotnull, 'identity', attidentity <> '', 'isGenerated', attgenerated = 's',
      'expression', pg_get_expr(adbin, adrelid)) order by attnum)
    from pg_attribute a left join pg_attrdef d on adrelid = attrelid and adnum = attnum
    where attrelid = c.oid and attnum > 0 and not attisdropped) as columns,
  (select json_agg(json_build_object(
      'name', conname, 'kind', contype, 'sql', pg_get_constraintdef(o.oid),
      'references', (select relname from pg_class where oid = confrelid),
      'fields', (select json_agg(attname order by place) from unnest(conkey) with ordinality as keys (number, place)
        join pg_attribute on attrelid = c.oid and attnum = number)) order by conname)
    -- From version 18 on, NOT NULL is kept as a constraint; the column says it already.
    from pg_constraint o where conrelid = c.oid and contype in ('p', 'u', 'c', 'f')) as constraints,
  (select json_agg(json_build_object(
      'name', i.relname, 'sql', pg_get_indexdef(indexrelid), 'isValid', indisvalid) order by i.relname)
    from pg_index join pg_class i on i.oid = indexrelid
    where indrelid = c.oid and not exists (select from pg_constraint where conindid = indexrelid)) as indexes,
  (select json_object_agg(tgname, string_to_array(encode(tgargs, 'escape'), '\\000'))
    from pg_trigger where tgrelid = c.oid and not tgisinternal and tgenabled <> 'D') as triggers
from pg_class c
where c.relkind = 'r' and c.relnamespace = case when $2 then pg_my_temp_schema() else current_schema()::regnamespace end
  and (c.relname = any ($1) or exists (select from pg_trigger where tgrelid = c.oid and tgname = 'record_change'))
order by c.relname`

interface CatalogColumn extends Pick<TableColumn, 'name' | 'type' | 'nullable'> {
  readonly identity: boolean
  readonly isGenerated: boolean
  readonly expression: string | null
}
interface CatalogRow {
  readonly name: string
  readonly columns: readonly CatalogColumn[] | null
  readonly constraints: readonly (Omit<Constraint, 'kind' | 'references'> & { readonly kind: keyof typeof CONSTRAINT_KINDS; readonly references: string | null })[] | null
  readonly indexes: readonly (Index & { readonly isValid: boolean })[] | null
  readonly triggers: Readonly<Record<string, readonly string[]>> | null
} // prettier-ignore

/** Kinds of constraints by their letters in the catalogue of PostgreSQL. */
export const CONSTRAINT_KINDS = { p: 'primary key', u: 'unique', c: 'check', f: 'foreign key' } as const

const column = ({ expression, isGenerated, identity, ...rest }: CatalogColumn): TableColumn => ({
  ...rest,
  ...(identity ? { identity } : {}),
  ...(expression === null ? {} : { [isGenerated ? 'generated' : 'default']: expression })
})

/** What stands behind the table's name. One whose build was broken off is not used, and so is none that is declared. */
const index = ({ name, sql, isValid }: Index & { isValid: boolean }): Index => ({
  name,
  sql: `${sql.slice(sql.indexOf(' USING ') + 1).replace(/^USING/, 'using')}${isValid ? '' : ' (invalid)'}`
})

/** No declared column begins with an underscore. */
const isSearch = (name: string) => name.startsWith('_search')
const isOfSearch = ({ sql }: Index) => /\b_search/.test(sql)

/** The arguments of a trigger, without the empty text behind the last. */
const argumentsOf = ({ triggers }: CatalogRow, name: string) => triggers?.[name]?.slice(0, -1)

const searchOf = (columns: readonly TableColumn[], indexes: readonly Index[]): Pick<Table, 'search'> => {
  const own = columns.filter(({ name }) => isSearch(name))
  return own.length === 0 ? {} : { search: { columns: own, indexes: indexes.filter(isOfSearch) } }
}

/** The functions are not read: what is there under the name of a bridge is one. */
const bridgesOf = ({ triggers }: CatalogRow): Pick<Table, 'bridges'> => {
  const names = Object.keys(triggers ?? {}).filter((name) => name.startsWith(BRIDGE))
  const bridges = names.sort().map((name) => ({ name, column: '', body: '' }))

  return bridges.length > 0 ? { bridges } : {}
}

const tableOf = (row: CatalogRow): Table => {
  const columns = (row.columns ?? []).map(column)
  const indexes = (row.indexes ?? []).map(index)
  const uncounted = argumentsOf(row, 'count_version')

  return {
    name: row.name,
    columns: columns.filter(({ name }) => !isSearch(name)),
    constraints: (row.constraints ?? []).map(({ kind, references, ...rest }) => ({ ...rest, kind: CONSTRAINT_KINDS[kind], ...(references === null ? {} : { references }) })),
    indexes: indexes.filter((one) => !isOfSearch(one)),
    ...searchOf(columns, indexes),
    unrecorded: argumentsOf(row, 'record_change')?.slice(1) ?? [],
    ...(uncounted ? { uncounted: uncounted.slice(1) } : {}),
    ...bridgesOf(row)
  }
} // prettier-ignore

/** Tables in PostgreSQL's own spelling, and those of them that the feed does not hear of. */
export interface Catalog {
  readonly tables: readonly Table[]
  readonly unheard: readonly string[]
}

/**
 * Reads tables by name, and whichever else the feed hears of.
 *
 * @param isTemporary whether the session's temporary tables are meant
 */
export const readCatalog = async (client: Client, names: readonly string[], isTemporary = false): Promise<Catalog> => {
  const { rows } = await client.query<CatalogRow>(CATALOG, [names, isTemporary])
  const unheard = rows.filter(({ triggers }) => !triggers?.record_change || !triggers.record_truncation)

  return { tables: rows.map(tableOf), unheard: unheard.map(({ name }) => name) }
} // prettier-ignore
