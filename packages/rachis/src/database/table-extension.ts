import type { Constraint, Index, Table, TableColumn } from '../model/table'
import { sameJson } from '../util/same-json'
import { added, byName, changed } from './table-difference'

/** What an application adds to the table of a module, as migrations/schema.json keeps it. */
export interface TableExtension {
  readonly name: string
  /** The module's own migrations make the rest of the table. */
  readonly extension: true
  readonly columns: readonly TableColumn[]
  readonly constraints: readonly Constraint[]
  readonly indexes: readonly Index[]
  readonly search?: Table['search']
  readonly unrecorded: readonly string[]
  readonly bridges?: Table['bridges']
}
/** An entry of migrations/schema.json. */
export type KeptTable = Table | TableExtension

type Named = { readonly name: string }

/** What is new, or not as it is in the base. */
const beyond = <T extends Named>(base: readonly T[], items: readonly T[]): T[] => [
  ...changed(base, items).map(([, item]) => item),
  ...added(base, items)
]

const bridged = ({ bridges = [] }: Pick<Table, 'bridges'>) => (bridges.length > 0 ? { bridges } : {})

const extensionOf = (base: Table, table: Table): TableExtension | undefined => {
  const parts = {
    columns: beyond(base.columns, table.columns),
    constraints: beyond(base.constraints, table.constraints),
    indexes: beyond(base.indexes, table.indexes),
    ...(sameJson(base.search, table.search) ? {} : { search: table.search }),
    unrecorded: table.unrecorded.filter((column) => !base.unrecorded.includes(column)),
    ...bridged(table)
  }

  return Object.values(parts).some((part) => !Array.isArray(part) || part.length > 0)
    ? { name: table.name, extension: true, ...parts }
    : undefined
}

/**
 * The part of these tables that modules do not make by themselves, for schema.json: whole tables, and what was added to those of modules.
 *
 * @param bases the tables of modules as their own migrations make them
 */
export const ownPart = (bases: readonly Table[], tables: readonly Table[]): KeptTable[] => {
  const known = byName(bases)

  return tables.flatMap((table) => {
    const base = known.get(table.name)
    return (base ? extensionOf(base, table) : table) ?? []
  })
}

/** Items of the base, each in the form that the extension gives it, then those that are new. */
const extended = <T extends Named>(base: readonly T[], items: readonly T[]): T[] => {
  const known = byName(items)
  return [...base.map((item) => known.get(item.name) ?? item), ...added(base, items)]
}

const withExtension = (base: Table, extension: TableExtension): Table => ({
  ...base,
  columns: extended(base.columns, extension.columns),
  constraints: extended(base.constraints, extension.constraints),
  indexes: extended(base.indexes, extension.indexes),
  ...(extension.search ? { search: extension.search } : {}),
  unrecorded: [...base.unrecorded, ...extension.unrecorded],
  ...bridged(extension)
})

/** All tables as the migrations leave them: those of modules with what schema.json says was added to them, then the application's own. */
export const allTables = (bases: readonly Table[], kept: readonly KeptTable[]): Table[] => {
  const extensions = byName(kept.filter((one): one is TableExtension => 'extension' in one))
  const own = kept.filter((one): one is Table => !('extension' in one))
  const withTheirs = bases.map((base) => {
    const extension = extensions.get(base.name)
    return extension ? withExtension(base, extension) : base
  })

  return [...withTheirs, ...own]
}
