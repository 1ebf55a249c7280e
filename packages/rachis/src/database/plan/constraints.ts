import type { Constraint } from '../../model/table'
import { quote } from '../../util/quote'
import { added, changed, removed } from '../table-difference'
import { isWider } from './narrowing'
import type { Risk, Step } from './step'
import { BRIEF, FINAL, ONLINE, step } from './step'
import {
  addConstraint,
  adding,
  alter,
  buildIndex,
  dropConstraint,
  dropping,
  isForeign,
  removeIndex
} from './sql'

type Steps = readonly Step[]

/** A key to another table is locked together with it, more weakly. */
const addFacts = (constraint: Constraint) =>
  isForeign(constraint) ? ({ ...BRIEF, lock: 'SHARE ROW EXCLUSIVE' } as const) : BRIEF

export const validate = (table: string, { name }: Pick<Constraint, 'name'>, risk: Risk = 'may fail'): Step =>
  step('validate constraint', [table, name], { ...ONLINE, risk }, alter(table, `validate constraint ${quote(name)}`), []) // prettier-ignore

/**
 * Asked of what is written from now on, then of the rows that are there, which others read and write meanwhile.
 *
 * @see https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
 */
const addCondition = (table: string, constraint: Constraint): Steps => [
  step('add constraint', [table, constraint.name], addFacts(constraint), `${addConstraint(table, constraint)} not valid`, dropConstraint(table, constraint)),
  validate(table, constraint)
] // prettier-ignore

/** The index is built while others write, and is made the constraint's own in a moment. */
const addUnique = (table: string, { name, sql }: Constraint): Steps => {
  const index = { name, sql: sql.replace(/^unique /, '') }

  return [
    step('build unique index', [table, name], { ...ONLINE, risk: 'may fail' }, buildIndex(table, index, 'unique '), removeIndex(index)),
    step('add constraint', [table, name], FINAL, alter(table, `add constraint ${quote(name)} unique using index ${quote(name)}`), dropConstraint(table, { name }))
  ] // prettier-ignore
}

/** A constraint of a table that has rows. */
const addOnline = (table: string, constraint: Constraint): Steps =>
  constraint.kind === 'unique' ? addUnique(table, constraint) : addCondition(table, constraint)

/** A constraint whose condition is checked at once. */
export const addNow = (table: string, constraint: Constraint): Step =>
  step('add constraint', [table, constraint.name], addFacts(constraint), addConstraint(table, constraint), dropConstraint(table, constraint)) // prettier-ignore

export const drop = (table: string, constraint: Constraint): Step =>
  step('drop constraint', [table, constraint.name], BRIEF, dropConstraint(table, constraint), addConstraint(table, constraint)) // prettier-ignore

/**
 * In one statement, so that there is no moment without either.
 *
 * @param isSame whether the condition asks the same of another column, which has the same values
 */
export const replaceCondition = (
  table: string,
  [old, next]: [Constraint, Constraint],
  isSame = false
): Steps => {
  const isNarrower = !isSame && old.kind === 'check' && !isWider(old.sql, next.sql)
  const risk = isNarrower ? 'narrows' : 'none'

  return [
    step('replace constraint', [table, next.name], { ...BRIEF, risk }, alter(table, dropping(old), `${adding(next)} not valid`), alter(table, dropping(next), adding(old))),
    validate(table, next, isNarrower || old.references !== next.references ? 'may fail' : 'none')
  ] // prettier-ignore
}

const replace = (table: string, pair: [Constraint, Constraint]): Steps =>
  pair.some(({ kind }) => kind === 'unique')
    ? [drop(table, pair[0]), ...addOnline(table, pair[1])]
    : replaceCondition(table, pair)

/** The steps between the constraints of a table as they were and as they are to be. */
export const constraintSteps = (table: string, from: readonly Constraint[], to: readonly Constraint[]): Step[] => [
  ...removed(from, to).map((old) => drop(table, old)),
  ...changed(from, to).flatMap((pair) => replace(table, pair)),
  ...added(from, to).flatMap((next) => addOnline(table, next))
] // prettier-ignore
