import type { Model } from '../compilers/model'
import type { FindParent, Parent } from '../compilers/policy'
import { parentsOf } from '../compilers/policy'
import type { Database, Row } from '../compilers/service'
import { quote } from '../compilers/table'

const MAX_CHILDREN = 1000
/** The last state of records that are gone: what they were deleted with. */
const LAST = `
select distinct on (record_id) record_id, before from changes
where resource = $1 and record_id = any($2::text[]) and after is null order by record_id, id desc`

type Known = Map<string, Map<string, Row>>

/** A parent and the rows that point at it. */
interface Link {
  readonly child: Model
  readonly column: string
}

/** Looks up the parents that rules follow, for a batch of changes at once, and the children of a parent that changed hands. */
export class Parents {
  private readonly links = new Map<string, Link[]>()

  constructor(
    private readonly database: Database,
    models: Iterable<Model>
  ) {
    for (const child of models) {
      for (const { column, parent } of parentsOf(child.rules.read)) {
        this.links.set(parent.name, [...(this.links.get(parent.name) ?? []), { child, column }])
      }
    }
  }

  /** Whether any rule follows a record of this resource. */
  hasChildren(resource: string): boolean {
    return this.links.has(resource)
  }

  /** Every parent, and parent's parent, of these rows. One statement a resource and level, however many rows. */
  async of(model: Model, rows: readonly Row[]): Promise<FindParent> {
    const known: Known = new Map()
    await this.collect(model.rules.read, rows, known)

    return (resource, id) => known.get(resource)?.get(String(id))
  }

  private async collect(rule: Model['rules']['read'], rows: readonly Row[], known: Known) {
    for (const { column, parent } of parentsOf(rule)) {
      const ids = [
        ...new Set(rows.map((row) => row[column]).filter((id) => id !== null && id !== undefined))
      ].map(String)
      const found = await this.load(parent, ids)
      known.set(parent.name, new Map([...(known.get(parent.name) ?? []), ...found]))
      await this.collect(parent.rules.read, [...found.values()], known)
    }
  }

  private async load({ name, fields }: Parent, ids: readonly string[]): Promise<Map<string, Row>> {
    if (ids.length === 0) return new Map()
    // In the type of the column: compared as text, no index would be of use.
    const text = `select * from ${quote(name)} where "id" = any($1::text[]::${fields.get('id')!.type}[])`
    const rows = await this.database.query({ text, values: [ids] })
    const found = new Map(rows.map((row) => [String(row.id), row]))
    const gone = ids.filter((id) => !found.has(id))
    if (gone.length > 0) for (const [id, row] of await this.last(name, gone)) found.set(id, row)

    return found
  }

  private async last(resource: string, ids: readonly string[]): Promise<[string, Row][]> {
    const rows = await this.database.query({ text: LAST, values: [resource, ids] })
    return rows.map(({ record_id, before }) => [record_id as string, before as Row])
  }

  /** The rows that follow this record by their rule, now. */
  async childrenOf(resource: string, id: string): Promise<{ child: Model; rows: Row[] }[]> {
    const links = this.links.get(resource) ?? []

    return Promise.all(
      links.map(async ({ child, column }) => {
        const { type } = child.fields.get(column)!
        const text = `select * from ${quote(child.name)} where ${quote(column)} = $1::text::${type} limit ${MAX_CHILDREN}`
        return { child, rows: await this.database.query({ text, values: [id] }) }
      })
    )
  }
}
