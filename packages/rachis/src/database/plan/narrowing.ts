import type { Constraint } from '../../model/table'

/** One condition of a column: what it asks of, how, and the bound. */
interface Bound {
  readonly of: string
  readonly operator: string
  readonly value: string
}

const PARTS = /^(.+?) (>=|<=|<|in) (.+)$/s

const boundOf = (condition: string): Bound => {
  const [, of, operator, value] = PARTS.exec(condition) ?? []
  return { of: of ?? condition, operator: operator ?? '', value: value ?? '' }
}

/** Splits at `and` outside of texts. */
const conditionsOf = (sql: string): string[] =>
  (sql.replace(/^check \((.*)\)$/s, '$1').match(/(?:'(?:[^']|'')*'|(?! and )[^'])+/gs) ?? []).map((part) =>
    part.replace(/^\s*and /, '').trim()
  )

const wordsIn = (list: string): string[] => list.match(/'(?:[^']|'')*'/g) ?? []

const isWithin = (old: Bound, { operator, value }: Bound): boolean => {
  if (operator === 'in') return wordsIn(old.value).every((word) => wordsIn(value).includes(word))
  const [was, is] = [Number(old.value), Number(value)]
  if (operator === '>=') return is <= was

  return operator === '<=' && is >= was
}

/**
 * Whether every value that one check of a column lets pass passes another one as well. A check that is not made of bounds and
 * lists of words counts as narrower unless it is the same.
 *
 * @example isWider(`check ("a" in ('x'))`, `check ("a" in ('x', 'y'))`) // true
 */
export const isWider = (from: string, to: string): boolean => {
  const old = conditionsOf(from)
  const bounds = old.map(boundOf)

  return conditionsOf(to).every((condition) => {
    const next = boundOf(condition)
    return (
      old.includes(condition) ||
      bounds.some(
        (bound) => bound.of === next.of && bound.operator === next.operator && isWithin(bound, next)
      )
    )
  })
}

/** Whether a changed constraint may refuse what the old one let pass. */
export const isNarrower = (from: Constraint, to: Constraint): boolean =>
  from.kind === 'check' && to.kind === 'check' && !isWider(from.sql, to.sql)
