import type { Model } from '../model/model'
import type { Audience } from '../rules/audience'
import { changesOnlyTimes } from '../rules/audience'
import type { User } from '../rules/policy'
import { rightsMark } from '../rules/rights-mark'
import type { Affected, Change } from './change'

export interface RightsChangeOptions {
  readonly models: readonly Model[]
  readonly audienceOf: (user: User) => Audience
  /** The records of the users whose rights a change may have changed, such as `users/7`. */
  readonly affected: Affected
  /** The record of a user. */
  readonly recordOf: (user: NonNullable<User>) => string
}

/**
 * Whether a change has, or may have, given this user other rights. The mark of rights alone does not show that: rights that were taken and
 * given back leave it as it was, and what happened in between was not theirs to read.
 */
export const touchesRights = (options: RightsChangeOptions, user: User, change: Change): boolean => {
  const { affected, recordOf } = options
  if (!user || !affected(change).includes(recordOf(user))) return false

  return `${change.resource}/${change.record_id}` !== recordOf(user) || !isHarmless(options, user, change)
}

/** A change of times alone, such as that of the last log-in, that leaves the user with the same rights. */
const isHarmless = (
  { audienceOf, models }: RightsChangeOptions,
  user: NonNullable<User>,
  { resource, before, after }: Change
): boolean => {
  const model = models.find(({ name }) => name === resource)!
  if (!before || !after || !changesOnlyTimes(model, before, after)) return false
  const [then, now] = [before, after].map((row) => rightsMark(audienceOf({ ...user, ...row })))

  return then === now
}
