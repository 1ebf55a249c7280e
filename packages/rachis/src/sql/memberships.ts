import type { Column, RowPredicate } from '../declare/predicate'
import { and, compare } from '../declare/predicate'
import { quote } from '../util/quote'
import type { Statement } from './where'
import { Binder, where } from './where'

/** Which column of which table a property of users lists, and by which column the user is found there. */
interface ListedColumn {
  readonly property: string
  readonly resource: string
  readonly by: Column
  readonly value: Column
  readonly where: RowPredicate
}

/**
 * All that a user is a member of, in one row with a list for each property.
 *
 * @example selectMemberships([teamIds], 7).text
 * // select (select coalesce(jsonb_agg(distinct "team_id" order by "team_id"), '[]') from "team_members" where …) as "team_ids"
 */
export const selectMemberships = (memberships: readonly ListedColumn[], user: number | string): Statement => {
  const binder = new Binder()
  const lists = memberships.map(({ property, resource, by, value, where: counting }) => {
    const name = quote(value.name)
    const theirs = and([compare(by, '=', user), counting])

    return `(select coalesce(jsonb_agg(distinct ${name} order by ${name}), '[]') from ${quote(resource)}${where(theirs, binder)}) as ${quote(property)}`
  })

  return { text: `select ${lists.join(', ')}`, values: binder.values }
}

/**
 * The same of several users, each in a row with their id as `$user`.
 *
 * @example selectMembershipsOf([teamIds], [7, 8]).text
 * // select "$user".id as "$user", (select … where … and "user_id" = "$user".id) as "team_ids" from unnest($1::bigint[]) as "$user"(id)
 */
export const selectMembershipsOf = (
  memberships: readonly ListedColumn[],
  users: readonly number[]
): Statement => {
  const binder = new Binder()
  const lists = memberships.map(({ property, resource, by, value, where: counting }) => {
    const [name, user] = [quote(value.name), quote(by.name)]

    return `(select coalesce(jsonb_agg(distinct ${name} order by ${name}), '[]') from ${quote(resource)}${where(counting, binder)} and ${user} = "$user".id) as ${quote(property)}`
  })
  const from = `from unnest(${binder.bind(users)}::bigint[]) as "$user"(id)`

  return {
    text: `select ${['"$user".id::int as "$user"', ...lists].join(', ')} ${from}`,
    values: binder.values
  }
}
