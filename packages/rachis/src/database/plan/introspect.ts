import type { Knex } from 'knex'
import type { Client } from 'pg'
import type { Bridge, Table, TableColumn } from '../../model/table'
import { sameJson } from '../../util/same-json'
import { byName } from '../table-difference'
import type { Catalog } from './catalog'
import { readCatalog } from './catalog'
import { createSql } from './plan'

type Named = { readonly name: string }

/**
 * What is as declared, as it is declared; the rest as PostgreSQL spells it.
 *
 * @param spelt the declared items as PostgreSQL spells them
 */
const inWords = <T extends Named>(found: readonly T[], spelt: readonly T[], declared: readonly T[]): T[] => {
  const [own, words] = [byName(spelt), byName(declared)]
  const order = new Map(declared.map(({ name }, place) => [name, place]))
  const placeOf = ({ name }: T) => order.get(name) ?? declared.length

  return found
    .map((item) => (sameJson(own.get(item.name), item) ? words.get(item.name)! : item))
    .sort((a, b) => placeOf(a) - placeOf(b))
}

/** Of a column that differs, what does not. */
const columnInWords = (found: TableColumn, spelt: TableColumn, declared: TableColumn): TableColumn => ({
  ...found,
  ...(found.default !== undefined && found.default === spelt.default ? { default: declared.default } : {}),
  ...(found.generated !== undefined && found.generated === spelt.generated ? { generated: declared.generated } : {})
}) // prettier-ignore

const columnsInWords = (
  found: readonly TableColumn[],
  spelt: readonly TableColumn[],
  declared: readonly TableColumn[]
): TableColumn[] => {
  const [own, words] = [byName(spelt), byName(declared)]

  return inWords(found, spelt, declared).map((column) => {
    const [ours, said] = [own.get(column.name), words.get(column.name)]
    return ours && said && column !== said ? columnInWords(column, ours, said) : column
  })
}

const sameSet = (found: readonly string[], declared: readonly string[]) =>
  sameJson([...found].sort(), [...declared].sort()) ? declared : found

const searchInWords = (found: Table, spelt: Table, declared: Table): Pick<Table, 'search'> => {
  if (!found.search || !spelt.search || !declared.search) return found.search ? { search: found.search } : {}
  return {
    search: {
      columns: inWords(found.search.columns, spelt.search.columns, declared.search.columns),
      indexes: inWords(found.search.indexes, spelt.search.indexes, declared.search.indexes)
    }
  }
}

const bridgesInWords = (found: readonly Bridge[], declared: readonly Bridge[] = []): Bridge[] => {
  const words = byName(declared)
  return found.map((bridge) => words.get(bridge.name) ?? bridge)
}

const tableInWords = (found: Table, spelt: Table | undefined, declared: Table | undefined): Table => {
  if (!spelt || !declared) return found
  const { uncounted, search: _search, bridges, ...rest } = found

  return {
    ...rest,
    columns: columnsInWords(found.columns, spelt.columns, declared.columns),
    constraints: inWords(found.constraints, spelt.constraints, declared.constraints),
    indexes: inWords(found.indexes, spelt.indexes, declared.indexes),
    ...searchInWords(found, spelt, declared),
    unrecorded: sameSet(found.unrecorded, declared.unrecorded),
    ...(uncounted ? { uncounted: sameSet(uncounted, declared.uncounted ?? []) } : {}),
    ...(bridges ? { bridges: bridgesInWords(bridges, declared.bridges) } : {})
  }
}

/** The declared tables as PostgreSQL spells them: they are made for a moment, as temporary ones, of which nobody else sees anything. */
const speltBy = async (client: Client, declared: readonly Table[]): Promise<readonly Table[]> => {
  await client.query(`select set_config('search_path', 'pg_temp, ' || quote_ident(current_schema()), true)`)
  await client.query(createSql(declared).join(';\n'))
  const { tables } = await readCatalog(client, declared.map(({ name }) => name), true)

  return tables
} // prettier-ignore

const inTransaction = async <T>(knex: Knex, work: (client: Client) => Promise<T>): Promise<T> => {
  const pool = knex.client as { acquireConnection(): Promise<Client>; releaseConnection(client: Client): Promise<void> } // prettier-ignore
  const client = await pool.acquireConnection()
  try {
    await client.query('begin')
    return await work(client)
  } finally {
    await client.query('rollback')
    await pool.releaseConnection(client)
  }
}

/**
 * The tables of a database in the form that declarations lower to, for a comparison with declared ones. What is there as it is declared
 * is answered word for word as it is declared.
 *
 * @param declared the tables that are asked for; others that the feed hears of are answered as well
 */
export const introspect = (knex: Knex, declared: readonly Table[]): Promise<Catalog> =>
  inTransaction(knex, async (client) => {
    const found = await readCatalog(client, declared.map(({ name }) => name))
    const spelt = byName(await speltBy(client, declared))
    const words = byName(declared)

    return {
      ...found,
      tables: found.tables.map((table) => tableInWords(table, spelt.get(table.name), words.get(table.name)))
    }
  }) // prettier-ignore
