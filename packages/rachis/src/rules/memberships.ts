import type { Model } from '../model/model'
import { quote } from '../util/quote'
import { PRINCIPALS } from '../declare'

/** A property of users that lists records, such as the teams that somebody leads. */
export interface Membership {
  readonly property: string
  readonly resource: string
  /** The column there that names the user. */
  readonly column: string
  /** Takes the user's id, as Knex writes bindings. */
  readonly sql: string
}
type Row = Readonly<Record<string, unknown>>
interface Changed {
  readonly resource: string
  readonly record_id: string
  readonly before: Row | null
  readonly after: Row | null
}

/** Declared as `members: { team_ids: 'lead_id' }` on the resource whose records are listed. */
export const membershipsOf = (models: readonly Model[]): Membership[] =>
  models.flatMap(({ name, members, softDelete }) =>
    Object.entries(members).map(([property, column]) => ({
      property,
      resource: name,
      column,
      sql: `select "id" from ${quote(name)} where ${quote(column)} = ?${softDelete ? ' and "deleted_at" is null' : ''} order by "id"`
    }))
  )

/** The users whose rights a change may have changed: the users themselves, or those whom a membership took in or let go. */
export const affectedUsers = (memberships: readonly Membership[]) => {
  const byResource = new Map(
    memberships.map(({ resource }) => [resource, memberships.filter((one) => one.resource === resource)])
  )

  return ({ resource, record_id, before, after }: Changed): string[] => {
    if (resource === PRINCIPALS) return before ? [record_id] : []
    const columns = (byResource.get(resource) ?? []).map(({ column }) => column)
    const isMoved = (column: string) =>
      before?.[column] !== after?.[column] || before?.deleted_at !== after?.deleted_at
    const users = columns.filter(isMoved).flatMap((column) => [before?.[column], after?.[column]])

    return [...new Set(users.filter((id) => id !== null && id !== undefined).map(String))]
  }
}
