import type { RowPredicate, ThroughRelation } from '../declare/predicate'
import { relationsIn } from '../declare/predicate'
import type { Model } from '../model/model'
import { otherModel } from '../model/models'
import type { FindRow, Row } from '../rules/memory'
import { holds, inMemory } from '../rules/memory'
import { selectHeld } from '../sql/statements'
import type { Statement } from '../sql/where'
import { targetOf } from './target'

type Run = (statement: Statement) => Promise<readonly Row[]>
type Relation = ThroughRelation<never>

/** A record of a resource that another one refers to. */
const keyOf = (resource: string, id: unknown) => `${resource}/${String(id)}`

/** The records that relations lead to from these rows, by resource: one question for all that ask the same. */
const wanted = (relations: readonly Relation[], rows: readonly Row[]): Map<string, unknown[]> => {
  const byResource = new Map<string, unknown[]>()
  for (const { of, resource } of relations) {
    const ids = rows.map((row) => row[of.name]).filter((id) => id !== null && id !== undefined)
    byResource.set(resource, [...new Set([...(byResource.get(resource) ?? []), ...ids])])
  }

  return byResource
}

/**
 * The records that conditions ask for besides a row: its parents, and their parents. Each is locked against changes until the transaction
 * ends, so that what a rule found in it still holds when the write is committed.
 */
export class ParentRows {
  constructor(
    private readonly model: Model,
    private readonly run: Run
  ) {}

  /** Reads and locks what conditions ask for besides these rows: by one statement for each resource and level. */
  async hold(conditions: readonly RowPredicate[], rows: readonly Row[]): Promise<FindRow> {
    const known = new Map<string, Row>()
    const relations = conditions.flatMap((condition) => relationsIn(condition))
    await this.load(relations, rows, known)

    return (resource, id) => known.get(keyOf(resource, id))
  }

  /** Whether a condition holds of all of these rows. */
  async allMeet(condition: RowPredicate, rows: readonly Row[]): Promise<boolean> {
    const test = inMemory(condition)
    const find = await this.hold([condition], rows)

    return rows.every((row) => holds(test, row, find))
  }

  private async load(relations: readonly Relation[], rows: readonly Row[], known: Map<string, Row>) {
    for (const [resource, ids] of wanted(relations, rows)) {
      const found = await this.read(resource, ids)
      for (const row of found) known.set(keyOf(resource, row.id), row)
      const followed = relations.filter((relation) => relation.resource === resource)
      await this.load(followed.flatMap(({ where }) => relationsIn(where)), found, known) // prettier-ignore
    }
  }

  private async read(resource: string, ids: readonly unknown[]): Promise<readonly Row[]> {
    return ids.length === 0 ? [] : this.run(selectHeld(targetOf(otherModel(this.model, resource)!), ids))
  }
}
