import type { AnyResource, ColumnType, FieldInfo } from '../declare'
import { typeInfo } from '../declare/column-types'
import { checkOf } from '../declare'
import { wordsOf } from '../declare/sql'
import { literal, quote } from '../util/quote'
import { searchColumns, searchIndexes } from '../sql/search'
import { quietColumns } from './quiet'
import { searchPartsOf } from './search-parts'

export { quote }

/** The lowered form that the database needs: plain data, kept in migrations/schema.json. */
export interface Table {
  readonly name: string
  /** Its declared former name; not kept in schema.json. */
  readonly was?: string
  readonly columns: readonly TableColumn[]
  readonly constraints: readonly Constraint[]
  readonly indexes: readonly Index[]
  /** What a search reads: computed from the columns, so that it can be dropped and made anew without a loss. */
  readonly search?: SearchTable
  /** Columns that the change feed leaves out. */
  readonly unrecorded: readonly string[]
  /** Columns whose changes `version` does not count; undefined where there is no such column. */
  readonly uncounted?: readonly string[]
  /** What is written for the program as it was before a migration. No declaration says so: a migration adds it, and a later one ends it. */
  readonly bridges?: readonly Bridge[]
}
/** A trigger that writes a column for programs that do not know it, until none of them runs. */
export interface Bridge {
  /** Of the trigger, and of its function. */
  readonly name: string
  /** The column that the present declaration knows. */
  readonly column: string
  /** The column that has the same values for the program as it was before. */
  readonly was?: string
  /** The statements of the function, in PL/pgSQL. */
  readonly body: string
}
export interface SearchTable {
  readonly columns: readonly TableColumn[]
  readonly indexes: readonly Index[]
}
export interface TableColumn {
  readonly name: string
  /** Its declared former name; not kept in schema.json. */
  readonly was?: string
  readonly type: ColumnType | 'tsvector'
  readonly nullable: boolean
  /** SQL of the default, or of the generated column. */
  readonly default?: string
  readonly generated?: string
  readonly identity?: boolean
}
/** A named constraint. `fields` says which field an error is about, `expected` what was asked of it. */
export interface Constraint {
  readonly name: string
  readonly kind: 'primary key' | 'unique' | 'check' | 'foreign key'
  readonly fields: readonly string[]
  readonly sql: string
  readonly references?: string
  /** The condition between columns, as it was declared. */
  readonly expected?: string
}
export interface Index {
  readonly name: string
  /** What stands behind the table's name: a method and an expression, or columns. */
  readonly sql: string
}

/** Every index of a table, those of its search included. */
export const indexesOf = ({ indexes, search }: Table): Index[] => [...indexes, ...(search?.indexes ?? [])]

const list = (names: readonly string[]) => names.map(quote).join(', ')

/** A name made of parts. PostgreSQL cuts identifiers at 63 bytes, silently: two long names could become one. */
export const named = (...parts: string[]): string => {
  const name = parts.join('_')
  if (name.length <= 63) return name
  const hash = [...name].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) >>> 0, 7).toString(36)

  return `${name.slice(0, 55)}_${hash}`
}

/** SQL of a field's default; undefined where it has none. */
export const defaultSql = ({
  default: value,
  type
}: Pick<FieldInfo, 'default' | 'type'>): string | undefined => {
  if (value === undefined || value === null) return undefined
  const { defaultSql: special } = typeInfo(type)
  if (special) return special(value)

  return typeof value === 'string' ? literal(value) : String(value)
}

const IMPLICIT_DEFAULTS: Record<string, string> = { created_at: 'now()', updated_at: 'now()' }

const column = (field: FieldInfo): TableColumn => ({
  name: field.name,
  ...(field.was === undefined ? {} : { was: field.was }),
  type: field.type,
  nullable: field.nullable,
  ...(field.computed ? { generated: field.computed } : {}),
  ...(field.name === 'id' ? generatedId(field) : {}),
  ...withDefault(field.counts ? '1' : (IMPLICIT_DEFAULTS[field.name] ?? defaultSql(field)))
})
const generatedId = ({ type }: FieldInfo): Partial<TableColumn> => {
  const { id } = typeInfo(type)
  return id?.default === undefined ? { identity: true } : { default: id.default }
}
const withDefault = (sql: string | undefined) => (sql === undefined ? {} : { default: sql })

/** The conditions that SQL run by hand must keep as well, as far as SQL can say them. A hash keeps none of its password's. */
const conditions = (field: FieldInfo): string[] =>
  field.hash ? [] : (typeInfo(field.type).conditions?.(quote(field.name), field) ?? [])

const checks = (table: string, field: FieldInfo): Constraint[] => {
  const sql = conditions(field)

  return sql.length === 0
    ? []
    : [
        {
          name: named(table, field.name, 'check'),
          kind: 'check',
          fields: [field.name],
          sql: `check (${sql.join(' and ')})`
        }
      ]
}

/** A declared condition between columns; an error about it is one about each of them. */
const tableChecks = ({ name: table, spec }: AnyResource, fields: readonly FieldInfo[]): Constraint[] =>
  Object.entries(spec.checks ?? {})
    .map(([name, check]) => [name, checkOf(check).sql] as const)
    .map(([name, sql]) => ({
      name: named(table, name, 'check'),
      kind: 'check',
      fields: fields.map((field) => field.name).filter((field) => wordsOf(sql).includes(field)),
      sql: `check (${sql})`,
      expected: sql
    }))

const uniqueOn = (table: string, fields: readonly string[]): Constraint => ({
  name: named(table, ...fields, 'key'),
  kind: 'unique',
  fields,
  sql: `unique (${list(fields)})`
})

const foreignKey = (table: string, { name, references }: FieldInfo): Constraint[] =>
  references
    ? [
        {
          name: named(table, name, 'fkey'),
          kind: 'foreign key',
          fields: [name],
          references: references.resource,
          sql: `foreign key (${quote(name)}) references ${quote(references.resource)} ("id") on delete ${references.on_delete}`
        }
      ]
    : []

const indexOn = (table: string, columns: readonly string[]): Index => ({
  name: named(table, ...columns, 'idx'),
  sql: `(${list(columns)})`
})

const startsWith = (longer: readonly string[], shorter: readonly string[]) =>
  shorter.every((name, i) => longer[i] === name)

/** Declared indexes, and one for each foreign key that none of the others begins with: deleting a parent looks children up. */
const declaredIndexes = (
  { name, spec }: AnyResource,
  fields: readonly FieldInfo[],
  uniques: readonly Constraint[]
): Index[] => {
  const declared = (spec.indexes ?? []).map((columns) => [columns].flat() as string[])
  const covered = [...declared, ...uniques.map((constraint) => constraint.fields)]
  const foreign = fields.filter(({ references }) => references).map((field) => [field.name])
  const missing = foreign.filter((columns) => !covered.some((index) => startsWith(index, columns)))

  return [...declared, ...missing].map((columns) => indexOn(name, columns))
}

/** A generated column cannot refer to another one, so that one which is computed stands for its own expression. */
const searchOf = (
  { name, spec }: AnyResource,
  fields: ReadonlyMap<string, FieldInfo>
): SearchTable | undefined => {
  if (!spec.search) return undefined
  const expressionOf = (column: string) => {
    const sql = fields.get(column)?.computed
    return sql === undefined ? quote(column) : `(${sql})`
  }
  const parts = searchPartsOf(spec.search, fields)

  return {
    columns: parts
      .flatMap(({ part, columns }) => searchColumns(columns.map(expressionOf), part))
      .map((generated) => ({ ...generated, nullable: true })),
    indexes: parts
      .flatMap(({ part }) => searchIndexes(part))
      .map(({ suffix, sql }) => ({ name: named(name, suffix), sql }))
  }
}

/**
 * What the database computes from other columns is not known yet when a change is counted, and follows from those.
 */
const uncountedOf = (fields: readonly FieldInfo[], search: SearchTable | undefined): string[] => [
  ...quietColumns(fields),
  ...fields.filter(({ computed, read }) => computed && read === true).map(({ name }) => name),
  ...(search?.columns ?? []).map(({ name }) => name)
]

/** Declaration → table. Pure. */
export const tableOf = (resource: AnyResource, fieldMap: ReadonlyMap<string, FieldInfo>): Table => {
  const { name, spec } = resource
  const fields = [...fieldMap.values()]
  const search = searchOf(resource, fieldMap)
  const uniques = [
    ...fields.filter(({ unique }) => unique).map((field) => uniqueOn(name, [field.name])),
    ...(spec.unique ?? []).map((columns) => uniqueOn(name, columns))
  ]

  return {
    name,
    ...(spec.was === undefined ? {} : { was: spec.was }),
    columns: fields.map(column),
    constraints: [
      { name: named(name, 'pkey'), kind: 'primary key', fields: ['id'], sql: 'primary key ("id")' },
      ...uniques,
      ...fields.flatMap((field) => checks(name, field)),
      ...tableChecks(resource, fields),
      ...fields.flatMap((field) => foreignKey(name, field))
    ],
    indexes: declaredIndexes(resource, fields, uniques),
    ...(search ? { search } : {}),
    // A removed record's time is hidden from clients but the feed must see it: it decides who loses sight of the record.
    unrecorded: [
      ...fields
        .filter(({ hidden, name: field }) => hidden && field !== 'deleted_at')
        .map((field) => field.name),
      ...(search?.columns ?? []).map((column) => column.name)
    ],
    ...(spec.versioned ? { uncounted: uncountedOf(fields, search) } : {})
  }
}
