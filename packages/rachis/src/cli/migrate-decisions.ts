import type { Allowed } from '../database/plan/decisions'
import type { Plan } from '../database/plan/plan'
import { planOf } from '../database/plan/plan'
import type { Flag, Step } from '../database/plan/step'
import type { Model } from '../model/model'
import type { ProjectTables } from './tables'
import { valuesOf } from './values'

export const MAKE_OPTIONS = {
  plan: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  drop: { type: 'string', multiple: true },
  narrow: { type: 'string', multiple: true },
  beside: { type: 'string', multiple: true },
  'at-once': { type: 'string', multiple: true },
  finish: { type: 'string', multiple: true },
  value: { type: 'string', multiple: true },
  'value-sql': { type: 'string', multiple: true }
} as const

/** What was typed behind `migrate:make`. */
export type Decisions = {
  readonly [name in Flag | 'at-once' | 'value-sql']?: readonly string[]
}

const listOf = (words: readonly string[] = []) => new Set(words.flatMap((word) => word.split(',')))

/**
 * What is allowed must be what would be refused: a word that allows nothing is a slip, and something else would be lost or kept.
 *
 * @throws {Error} that lists what the flag can name
 */
const assertAsked = (flag: string, words: Iterable<string>, names: readonly string[]) => {
  const unknown = [...words].find((word) => !names.includes(word))
  if (unknown === undefined) return
  throw new Error(`--${flag} ${unknown}: nothing of this name has to be allowed; ${names.length > 0 ? `there is ${names.join(', ')}` : 'nothing has'}`)
} // prettier-ignore

const nameOf = ({ table, name }: Step) => `${table}.${name}`
const isMove = ({ kind }: Step) => kind === 'rename column' || kind === 'change type'

/** The columns that can be written beside their old ones: those that would be renamed, or written anew, at once. */
const movedIn = ({ steps }: Plan): string[] => steps.filter(isMove).map(nameOf)

/** Those of resources that say that they are large, unless that cannot be. */
const movedInLarge = ({ last, declared, large }: ProjectTables, plan: Plan): string[] => {
  const moved = plan.steps.filter((step) => isMove(step) && large.has(step.table)).map(nameOf)
  const { refused } = planOf(last, declared, { drop: new Set(), narrow: new Set(), beside: new Set(moved) })

  return moved.filter((name) => !refused.some((one) => one.name === name))
} // prettier-ignore

/**
 * The plan from what the last migration left to what is declared, with what was decided by words.
 *
 * @throws {Error} where a word decides nothing, or a value cannot be one of its column
 */
export const decidedPlan = (tables: ProjectTables, models: readonly Model[], typed: Decisions): Plan => {
  const { last, declared } = tables
  const open = planOf(last, declared)
  const named = (flag: Flag) =>
    [...open.refused, ...open.kept].filter((one) => one.flag === flag).map(({ name }) => name)
  const drop = listOf(typed.drop)
  const narrow = listOf(typed.narrow)
  const finish = listOf(typed.finish)
  const asked = listOf(typed.beside)
  const atOnce = listOf(typed['at-once'])
  const values = valuesOf(models, typed)
  assertAsked('drop', drop, named('drop'))
  assertAsked('narrow', narrow, named('narrow'))
  assertAsked('finish', finish, named('finish'))
  assertAsked('value', values.keys(), named('value'))
  const moved = movedIn(planOf(last, declared, { drop, narrow }))
  assertAsked('beside', asked, moved)
  assertAsked('at-once', atOnce, moved)
  const beside = [...asked, ...movedInLarge(tables, open)].filter((name) => !atOnce.has(name))
  const allowed: Allowed = { drop, narrow, finish, values, beside: new Set(beside) }

  return planOf(last, declared, allowed)
}
