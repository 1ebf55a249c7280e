import { rowOfChange } from '../rules/audience'
import type { Model } from '../model/model'
import type { FindParent } from '../rules/policy'
import { parentsOf } from '../rules/policy'
import { quote } from '../util/quote'
import { slicesOf } from '../util/slices-of'
import type { Database, Row } from '../sql/database'

const CHUNK = 500

/** What a record is now, and what it was before each change that is younger than the batch's beginning. */
interface RowHistory {
  readonly now: Row | null
  readonly later: readonly { readonly id: number; readonly before: Row | null }[]
}
/** A resource whose rule follows another, by this foreign key. */
interface Link {
  readonly child: Model
  readonly column: string
}

// In the type of the column: compared as text, no index would be of use.
const pastsOf = ({ name, fields }: Model) => `
select r.id, to_jsonb(t) as now, (
  select jsonb_agg(jsonb_build_object('id', c.id, 'before', c.before) order by c.id) from changes c
  where c.resource = $1 and c.record_id = r.id and c.id > $2
) as later
from unnest($3::text[]) as r(id) left join ${quote(name)} t on t."id" = r.id::${fields.get('id')!.type}`

const followersOf = ({ child: { name, fields }, column }: Link) => `
select ${quote(column)}::text as followed, "id"::text as id from ${quote(name)}
where ${quote(column)} = any($4::text[]::${fields.get(column)!.type}[])
union select before ->> $3, record_id from changes where resource = $1 and id > $2 and before ->> $3 = any($4)`

/** Which resources follow which by their rules of reading. */
export class Parents {
  private readonly models: ReadonlyMap<string, Model>
  private readonly links = new Map<string, Link[]>()
  private readonly lanes = new Map<string, string>()

  constructor(
    private readonly database: Database,
    models: Iterable<Model>
  ) {
    this.models = new Map([...models].map((model) => [model.name, model]))
    for (const child of this.models.values()) {
      for (const { column, resource } of parentsOf(child.rules.read)) {
        this.links.set(resource, [...this.childrenOf(resource), { child, column }])
      }
    }
    this.findLanes()
  }

  childrenOf(resource: string): readonly Link[] {
    return this.links.get(resource) ?? []
  }

  /** Resources that follow each other, by the first of their names; undefined for those that follow none and none follows. */
  laneOf(resource: string): string | undefined {
    return this.lanes.get(resource)
  }

  private findLanes() {
    const neighbours = (name: string) => [
      ...this.childrenOf(name).map(({ child }) => child.name),
      ...parentsOf(this.model(name).rules.read).map(({ resource }) => resource)
    ]
    const visit = (name: string, lane: string) => {
      if (this.lanes.has(name)) return
      this.lanes.set(name, lane)
      for (const next of neighbours(name)) visit(next, lane)
    }
    for (const name of this.models.keys()) if (neighbours(name).length > 0) visit(name, name)
  }

  model(resource: string): Model {
    return this.models.get(resource)!
  }

  /** The relatives of a batch of changes that begins behind this position. */
  behind(position: number): Ancestry {
    return new Ancestry(this.database, this, position)
  }
}

/**
 * Records that others follow, as they were at each position of a batch. As they are now would not do: where a parent and its
 * child change together, the child would be sent by rights that its parent no longer had, or not at all.
 */
export class Ancestry {
  private readonly known = new Map<string, Map<string, RowHistory>>()
  /** Ids of what followed a record at some time in the batch. */
  private readonly followers = new Map<string, Set<string>>()

  constructor(
    private readonly database: Database,
    private readonly parents: Parents,
    private readonly since: number
  ) {}

  /** Finds records as they were once the change of this position was made. */
  at(position: number): FindParent {
    return (resource, id) => rowAt(this.known.get(resource)?.get(String(id)), position) ?? undefined
  }

  /** Reads every parent, and parent's parent, of these rows: one statement a resource and level, however many rows. */
  async load(model: Model, rows: readonly Row[]): Promise<void> {
    for (const { column, resource } of parentsOf(model.rules.read)) {
      const ids = rows.map((row) => row[column]).filter((id) => id !== null && id !== undefined)
      const followed = this.parents.model(resource)
      const pasts = await this.remember(followed, [...new Set(ids.map(String))])
      await this.load(followed, pasts.flatMap(statesOf))
    }
  }

  /** Reads all that followed these records, and what followed that: one statement a relation and level, however many records. */
  async loadFollowers(resource: string, ids: readonly string[]): Promise<void> {
    for (const link of ids.length > 0 ? this.parents.childrenOf(resource) : []) {
      const { child, column } = link
      const values = [child.name, this.since, column, ids]
      const found = await this.database.query({ text: followersOf(link), values })
      for (const { followed, id } of found) this.note(keyOf(link, followed), id as string)
      const followers = [...new Set(found.map(({ id }) => id as string))]
      await this.load(child, (await this.remember(child, followers)).flatMap(statesOf))
      await this.loadFollowers(child.name, followers)
    }
  }

  private note(key: string, id: string) {
    this.followers.set(key, (this.followers.get(key) ?? new Set()).add(id))
  }

  /** The rows that followed this record once the change of this position was made, of records whose followers were read. */
  followersOf(resource: string, id: string, position: number): { child: Model; rows: Row[] }[] {
    return this.parents.childrenOf(resource).map((link) => {
      const { child, column } = link
      const known = this.known.get(child.name)
      const rows = [...(this.followers.get(keyOf(link, id)) ?? [])]
        .map((follower) => rowAt(known?.get(follower), position))
        .filter((row) => row !== null && row !== undefined)

      return { child, rows: rows.filter((row) => String(row[column]) === id) }
    })
  }

  private async remember(model: Model, ids: readonly string[]): Promise<RowHistory[]> {
    const known = this.known.get(model.name) ?? new Map<string, RowHistory>()
    this.known.set(model.name, known)
    const missing = ids.filter((id) => !known.has(id))
    for (const some of slicesOf(missing, CHUNK)) {
      const values = [model.name, this.since, some]
      for (const row of await this.database.query({ text: pastsOf(model), values })) {
        known.set(row.id as string, pastOf(model, row))
      }
    }

    return ids.map((id) => known.get(id)!)
  }
}

const keyOf = ({ child, column }: Link, followed: unknown) => `${child.name}.${column}/${String(followed)}`

const pastOf = (model: Model, { now, later }: Row): RowHistory => ({
  now: rowOfChange(model, now as Row | null),
  later: ((later ?? []) as RowHistory['later']).map(({ id, before }) => ({
    id,
    before: rowOfChange(model, before)
  }))
})

const statesOf = ({ now, later }: RowHistory): Row[] =>
  [now, ...later.map(({ before }) => before)].filter((row) => row !== null)

const rowAt = (past: RowHistory | undefined, position: number): Row | null | undefined => {
  const next = past?.later.find(({ id }) => id > position)
  return next ? next.before : past?.now
}
