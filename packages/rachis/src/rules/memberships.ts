import { PRINCIPALS } from '../declare'
import type { Column, Predicate, RowPredicate } from '../declare/predicate'
import { and, column, isNull, not } from '../declare/predicate'
import type { Model } from '../model/model'
import { rowOfChange } from './audience'
import type { Row } from './memory'
import { holds, inMemory } from './memory'
import { restrictionOf } from './user'

/** A property of users that lists what they belong to, such as the teams that somebody is a member of. */
export interface Membership {
  readonly property: string
  readonly resource: string
  /** The column there that names the user. */
  readonly by: Column
  /** The column there that the property lists. */
  readonly value: Column
  /** The records there that count. */
  readonly where: RowPredicate
}
interface Changed {
  readonly resource: string
  readonly record_id: string
  readonly before: Row | null
  readonly after: Row | null
}

/** A record that names nobody, or nothing, makes nobody a member. */
const countingOf = (by: Column, value: Column, where: Predicate): RowPredicate =>
  and([not(isNull(by)), not(isNull(value)), restrictionOf(where, null)])

/** Of models, the memberships that they declare: `members: { team_ids: { by: 'user_id', value: 'team_id' } }`. */
export const membershipsOf = (models: readonly Model[]): Membership[] =>
  models.flatMap(({ name, members, fields }) =>
    members.map(({ property, by, value, where }) => {
      const [user, listed] = [by, value].map((one) => column(one, fields.get(one)!.type)) as [Column, Column]
      return { property, resource: name, by: user, value: listed, where: countingOf(user, listed, where) }
    })
  )

/** What a record gives to whom: the user and the value; undefined where it makes nobody a member. */
const givenBy = ({ by, value, where }: Membership, row: Row | null): string | undefined =>
  row && holds(inMemory(where), row) ? JSON.stringify([row[by.name], row[value.name]]) : undefined

/** Those whom a change of this record took in or let go. */
const movedBy = (membership: Membership, before: Row | null, after: Row | null): unknown[] => {
  if (givenBy(membership, before) === givenBy(membership, after)) return []

  return [before?.[membership.by.name], after?.[membership.by.name]]
}

/** The record of a user, as credentials and connections are found by it: `users/7`. */
export const recordOfUser = (id: unknown): string => `${PRINCIPALS}/${String(id)}`

/** The users whose rights a change may have changed: the users themselves, or those whom a membership took in or let go. */
export const affectedUsers = (models: readonly Model[]) => {
  const memberships = membershipsOf(models)
  const byResource = new Map(
    models.map((model) => [
      model.name,
      { model, gives: memberships.filter(({ resource }) => resource === model.name) }
    ])
  )

  return ({ resource, record_id, before, after }: Changed): string[] => {
    const themselves = resource === PRINCIPALS && before ? [record_id] : []
    const known = byResource.get(resource)
    if (!known || known.gives.length === 0) return themselves
    const [was, is] = [rowOfChange(known.model, before), rowOfChange(known.model, after)]
    const moved = known.gives.flatMap((one) => movedBy(one, was, is))

    return [...new Set([...themselves, ...moved.filter((id) => id !== null && id !== undefined).map(String)])]
  }
}
