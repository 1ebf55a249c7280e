import type { AnyRule, UserRule } from '../declare'
import type { Predicate } from '../declare/predicate'
import { FALSE, predicateOfRule, TRUE } from '../declare/predicate'
import type { FieldRules } from '../model/operation'
import type { Model } from '../model/model'
import type { FindRow, MemoryPredicate, Row } from './memory'
import { holds, inMemory } from './memory'
import { planned } from './plans'
import type { User } from './user'
import { restrictionOf } from './user'

export type { User } from './user'
export type { FindRow as FindParent } from './memory'
export { restrictionOf } from './user'
export { keysOfRow, keysOfUser, parentsOf } from './keys'

/** Whether the rule could ever hold for this user, whatever the record. */
export const mayApply = (rule: Predicate, user: User): boolean => restrictionOf(rule, user).kind !== 'false'

const lowered = new WeakMap<object, Predicate>()

/** Rules of services written by hand stay as they are written until they are asked. */
const userPredicate = (rule: UserRule): Predicate => {
  if (typeof rule === 'boolean') return rule ? TRUE : FALSE
  const known = lowered.get(rule)
  if (known) return known
  const predicate = predicateOfRule(rule as AnyRule)
  lowered.set(rule, predicate)

  return predicate
}

/** Whether a rule that asks only of the user holds for this one. */
export const holdsFor = (rule: UserRule, user: User): boolean => mayApply(userPredicate(rule), user)

/** What a rule leaves to ask of a row in memory. */
const inMemoryFor = planned((rule: Predicate, user): MemoryPredicate => inMemory(restrictionOf(rule, user)))

/** Whether this user may see, or do, this with this row. `find` knows the records that the rule asks for besides it. */
export const allows = (rule: Predicate, user: User, row: Row, find?: FindRow): boolean =>
  holds(inMemoryFor(rule, user), row, find)

/** The rule of one field: a field without any is read and written with its record. */
export const fieldRule = (
  { fieldRules }: Pick<Model, 'fieldRules'>,
  name: string,
  access: Exclude<keyof FieldRules, 'name'>
): Predicate => fieldRules.get(name)?.[access] ?? TRUE

/** Whether this user may write a field of some record at least. */
export const mayWrite = (model: Pick<Model, 'fieldRules'>, name: string, user: User): boolean =>
  mayApply(fieldRule(model, name, 'write'), user)

/** Whether it depends on the record whether this user may write a field of it. */
export const maySometimesWrite = (model: Pick<Model, 'fieldRules'>, name: string, user: User): boolean => {
  const { kind } = restrictionOf(fieldRule(model, name, 'write'), user)
  return kind !== 'true' && kind !== 'false'
}

/** The columns, of those that ever leave the server, that this user may read: of every record, or of some as `masksOf` says. */
export const readableColumns = planned(
  (model: Pick<Model, 'visible' | 'fieldRules'>, user): readonly string[] =>
    Object.freeze(model.visible.filter((name) => mayApply(fieldRule(model, name, 'read'), user)))
)
