import type { Model } from '../../packages/rachis/src/model/model'
import { rowOfChange } from '../../packages/rachis/src/rules/audience'
import type { FindRow } from '../../packages/rachis/src/rules/memory'
import { holds, inMemory } from '../../packages/rachis/src/rules/memory'
import { membershipsOf } from '../../packages/rachis/src/rules/memberships'
import type { Membership } from '../../packages/rachis/src/rules/memberships'
import type { SqlConnection } from '../../packages/rachis/src/testing/conformance/tables'
import type { Json } from '../helpers/world'

/** A record as it was from one change on, up to another. */
export interface Version {
  readonly from: number
  until: number
  readonly row: Json | null
}

/** Everything that ever was in the tables, by the table of changes alone: what was true at each place of it. */
export class History {
  private readonly records = new Map<string, Map<string, Version[]>>()
  private readonly models: ReadonlyMap<string, Model>
  private readonly memberships: readonly Membership[]
  /** Ids of all changes, and of those after which somebody may have had other rights. */
  private readonly ids: number[] = []
  private readonly rights: number[] = []
  last = 0

  constructor(
    private readonly hand: SqlConnection,
    models: readonly Model[]
  ) {
    this.models = new Map(models.map((model) => [model.name, model]))
    this.memberships = membershipsOf(models)
  }

  /** Reads on. Nobody may have a transaction open: it could commit a place that was passed. */
  async load() {
    const text = 'select id::int as id, resource, record_id, after from changes where id > $1 order by id'
    for (const row of await this.hand.sql(text, [this.last])) this.add(row)
  }

  private add({ id, resource, record_id, after }: Json) {
    this.last = id
    this.ids.push(id)
    const isOfRights = resource === 'users' || this.memberships.some((one) => one.resource === resource)
    if (isOfRights) this.rights.push(id)
    const model = this.models.get(resource)
    const row = model ? rowOfChange(model, after) : after
    const records = this.records.get(resource) ?? new Map<string, Version[]>()
    this.records.set(resource, records)
    const versions = records.get(record_id) ?? []
    records.set(record_id, versions)
    if (versions.length > 0) versions.at(-1)!.until = id
    versions.push({ from: id, until: Infinity, row: row && (JSON.parse(JSON.stringify(row)) as Json) })
  }

  versionsOf(resource: string, id: unknown): readonly Version[] {
    return this.records.get(resource)?.get(String(id)) ?? []
  }

  /** Places from one up to before another: itself, and every change in between. */
  placesIn(from: number, until: number): number[] {
    return [from, ...this.ids.filter((id) => id > from && id < until)]
  }

  /** Finds records as they were once this change was made. */
  at(place: number): FindRow {
    return (resource, id) => rowAt(this.versionsOf(resource, id), place) ?? undefined
  }

  /** What a person was to the rules, from a place on until now. */
  usersSince(id: number, place: number): Json[] {
    const places = [place, ...this.rights.filter((other) => other > place)]
    const users = new Map(
      places.map((one) => this.userAt(id, one)).map((user) => [JSON.stringify(user), user])
    )

    return [...users.values()].filter((user) => user !== undefined)
  }

  private userAt(id: number, place: number): Json | undefined {
    const row = rowAt(this.versionsOf('users', id), place)
    if (!row) return undefined
    const lists = this.memberships.map((one) => [one.property, this.listOf(one, id, place)])

    return { ...row, id, ...(Object.fromEntries(lists) as Json) }
  }

  private listOf({ resource, by, value, where }: Membership, id: number, place: number): unknown[] {
    const rows = [...(this.records.get(resource)?.values() ?? [])].flatMap(
      (versions) => rowAt(versions, place) ?? []
    )
    return rows
      .filter((row) => row[by.name] === id && holds(inMemory(where), row))
      .map((row) => row[value.name])
  }
}

const rowAt = (versions: readonly Version[], place: number): Json | null | undefined =>
  versions.find(({ from, until }) => from <= place && place < until)?.row
