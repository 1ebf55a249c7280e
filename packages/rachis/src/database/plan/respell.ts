import type { Constraint, Index, SearchTable, Table, TableColumn } from '../../model/table'
import { quote } from '../../util/quote'

/** Texts, quoted names, and bare words that are neither functions nor the types of casts. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|(?<!::\s*)\b[A-Za-z_][A-Za-z0-9_]*\b(?!\s*\()/g
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"/g

/** New names by old ones. */
export type Names = ReadonlyMap<string, string>

const renamedToken =
  (names: Names) =>
  (token: string): string => {
    if (token.startsWith("'")) return token
    const isQuoted = token.startsWith('"')
    const name = names.get(isQuoted ? token.slice(1, -1).replace(/""/g, '"') : token)
    if (name === undefined) return token

    return isQuoted ? quote(name) : name
  }

/** As PostgreSQL does by itself where a column is renamed. In a condition that somebody wrote names need no quotes. */
const respell = (sql: string, names: Names, tokens: RegExp): string =>
  sql.replace(tokens, renamedToken(names))

const nameIn = (names: Names) => (name: string) => names.get(name) ?? name

const ofColumn = (column: TableColumn, names: Names): TableColumn => ({
  ...column,
  name: nameIn(names)(column.name),
  ...(column.generated ? { generated: respell(column.generated, names, TOKEN) } : {})
})

const ofConstraint = (constraint: Constraint, names: Names): Constraint => ({
  ...constraint,
  fields: constraint.fields.map(nameIn(names)),
  sql: respell(constraint.sql, names, constraint.kind === 'check' ? TOKEN : QUOTED),
  ...(constraint.expected === undefined ? {} : { expected: respell(constraint.expected, names, TOKEN) })
})

const ofIndex = (index: Index, names: Names): Index => ({ ...index, sql: respell(index.sql, names, QUOTED) })

const ofSearch = ({ columns, indexes }: SearchTable, names: Names): SearchTable => ({
  columns: columns.map((column) => ofColumn(column, names)),
  indexes
})

/** A table with other names of its columns. */
export const withColumns = (table: Table, names: Names): Table => ({
  ...table,
  columns: table.columns.map((column) => ofColumn(column, names)),
  constraints: table.constraints.map((constraint) => ofConstraint(constraint, names)),
  indexes: table.indexes.map((index) => ofIndex(index, names)),
  ...(table.search ? { search: ofSearch(table.search, names) } : {}),
  unrecorded: table.unrecorded.map(nameIn(names)),
  ...(table.uncounted ? { uncounted: table.uncounted.map(nameIn(names)) } : {})
})

const referring = (constraint: Constraint, names: Names): Constraint => {
  const target = names.get(constraint.references ?? '')
  if (target === undefined) return constraint
  const at = ` references ${quote(constraint.references!)} `

  return { ...constraint, references: target, sql: constraint.sql.replace(at, () => ` references ${quote(target)} `) }
} // prettier-ignore

/** Tables with other names, in what refers to them as well. */
export const withTables = (tables: readonly Table[], names: Names): Table[] =>
  tables.map((table) => ({
    ...table,
    name: nameIn(names)(table.name),
    constraints: table.constraints.map((one) => referring(one, names))
  }))
