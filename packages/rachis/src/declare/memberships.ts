import type { Terms } from './clauses'
import type { Clause } from './rules'

/** What a term of `members` may ask of a record: it is asked of nobody in particular. */
export type RecordClause<R> = Omit<Clause<R>, '$user'>

/** Which records of a resource make a user a member, and of what. `C` are its columns, `R` its records. */
export interface MembershipSpec<C extends string = string, R = unknown> {
  /** The column that names the user. */
  readonly by: C
  /** The column that the property lists, such as `team_id`. Default: `id`. */
  readonly value?: C
  /** The records that count. Default: all. */
  readonly where?: RecordClause<R> | readonly RecordClause<R>[]
}

/** A membership with what its declaration leaves out. */
export interface DeclaredMembership {
  readonly property: string
  readonly by: string
  readonly value: string
  readonly where: true | Terms | readonly Terms[]
}

/**
 * `members` as it is written, the short form `{ team_ids: 'lead_id' }` as the long one.
 *
 * @example declaredMemberships({ team_ids: 'lead_id' }) // [{ property: 'team_ids', by: 'lead_id', value: 'id', where: true }]
 */
export const declaredMemberships = (
  members: Readonly<Record<string, string | MembershipSpec>> | undefined
): DeclaredMembership[] =>
  Object.entries(members ?? {}).map(([property, membership]) => {
    const {
      by,
      value = 'id',
      where = true
    } = typeof membership === 'string' ? { by: membership } : membership
    return { property, by, value, where }
  })
