import { ApiError } from '../errors/errors'
import { userRef } from '../declare'
import type { States, TransitionInfo } from '../model/model'
import type { FindRow } from './memory'
import type { User } from './policy'
import { allows, mayApply } from './policy'

type Row = Readonly<Record<string, unknown>>
/** A step by its name, or any that leads to a state. */
export interface WantedStep {
  readonly name?: string
  readonly to?: unknown
}
export interface PlannedStep {
  /** The step that is taken; none where the record is in that state already. */
  readonly name?: string
  readonly changes: Record<string, unknown>
  readonly run?: TransitionInfo['run']
}

const isNow = (value: unknown) => typeof value === 'object' && value !== null && '$now' in value

/** What `now` and `$user.id` stand for in this step; the server itself is nobody. */
const valueOf = (value: unknown, actor: User, at: Date): unknown => {
  const property = userRef(value)
  if (property) return (actor as Row | null | undefined)?.[property] ?? null

  return isNow(value) ? at.toISOString() : value
}

const changesOf = (
  { field }: States,
  { to, set }: TransitionInfo,
  actor: User,
  at: Date
): Record<string, unknown> => ({
  [field]: to,
  ...Object.fromEntries(Object.entries(set).map(([column, value]) => [column, valueOf(value, actor, at)]))
})

/** The steps from a state that this user may take of some record; the server itself may take all. */
const stepsFrom = ({ transitions }: States, current: unknown, user: User): string => {
  const names = transitions
    .filter(
      ({ from, rule }) => from.includes(String(current)) && (user === undefined || mayApply(rule, user))
    )
    .map(({ name }) => name)

  return names.length > 0
    ? `From ${String(current)} you can ${names.join(', ')}`
    : `There is no step for you from ${String(current)}`
}

const conflict = (states: States, candidates: readonly TransitionInfo[], current: unknown, user: User) => {
  const expected = [...new Set(candidates.flatMap(({ from }) => from))]
  const message = `${states.field} is ${String(current)}; it must be ${expected.join(' or ') || 'another'} for this`

  return new ApiError('STATE_CONFLICT', {
    message,
    hint: stepsFrom(states, current, user),
    details: [{ field: states.field, message, rule: 'state', expected, provided: current }]
  })
}

/**
 * The step of the state machine and what it changes, for the step of this name or, without a name, for any that leads to the state.
 * Pure: the caller must have locked the record. A call of the server itself is not asked (`user` is undefined), but may be made
 * in somebody's name: the actor's. `find` knows the records that the rules ask for besides this one.
 *
 * @throws STATE_CONFLICT where no step starts from the record's state, FORBIDDEN where this user may not take it
 */
export const planTransition = (
  states: States,
  wanted: WantedStep,
  record: Row,
  user: User,
  at: Date,
  actor: User = user,
  find?: FindRow
): PlannedStep => {
  const current = record[states.field]
  if (wanted.to === current) return { changes: {} }
  const may = ({ rule }: TransitionInfo) => user === undefined || allows(rule, user, record, find)
  const candidates = states.transitions.filter(({ name, to }) =>
    wanted.name ? name === wanted.name : to === wanted.to
  )
  const possible = candidates.filter(({ from }) => from.includes(current as string))
  const allowed = possible.find(may)
  if (allowed) return { name: allowed.name, changes: changesOf(states, allowed, actor, at), run: allowed.run }
  const others = candidates.filter(may)
  // Waiting for another state would not help somebody whom the rule of this one holds up.
  if (possible.length > 0 || (candidates.length > 0 && others.length === 0)) throw new ApiError('FORBIDDEN')

  throw conflict(states, others, current, user)
}
