import type { AnyResource, AnyTransition } from '../any-resource'
import { userRef } from '../clauses'
import { typeInfo } from '../column-types'
import type { FieldInfo } from '../field-info'
import { fieldsOf } from '../field-info'
import type { Context, Finding, Problem } from './shared/problem'
import { breaksConstraint } from './shared/constraint'
import { instead, problem, shown, USERS } from './shared/problem'
import { wrongValue } from './shared/value'
import { isObject } from '../../util/is-object'

const BY_ITSELF = ['id', 'created_at', 'updated_at', 'deleted_at']
const found = (what: string, hint: string): Finding => ({ what, hint })

/** A state field is changed by a state machine only, and each resource has one. */
const strayFields = (resource: AnyResource, { fields }: Context): Problem[] =>
  [...fields.values()]
    .filter(({ state, name }) => state && resource.spec.states?.field !== name)
    .map(({ name }) =>
      problem(
        resource,
        `fields.${name}`,
        `${name} is a state that no states are declared for`,
        `write states: { field: '${name}', … }, or oneOf(…) for ${name}`
      )
    )

const fieldFinding = (name: string, { fields }: Context): Finding | undefined => {
  const field = fields.get(name)
  const states = [...fields.values()].filter(({ state }) => state).map((state) => state.name)
  if (!field)
    return found(
      `states name ${name}, which is not a field`,
      instead(name, states.length > 0 ? states : fields.keys())
    )
  if (!field.state || !field.enum)
    return found(`${name} is not a state field`, `write ${name}: state('first', 'second')`)
  if (field.nullable) return found(`${name} is a state and may be null`, `take nullable(…) off ${name}`)
  if (field.read !== true)
    return found(
      `${name} is a state that not every reader may read, and its steps and their events tell it`,
      `leave read out of access.fields.${name}`
    )

  return undefined
}

const valueProblems = (
  resource: AnyResource,
  path: string,
  values: readonly string[],
  { name, enum: words = [] }: FieldInfo
): Problem[] =>
  values
    .filter((value) => !words.includes(value))
    .map((value) =>
      problem(resource, path, `${value} is not a state of ${name}`, instead(String(value), words))
    )

const initialProblems = (
  resource: AnyResource,
  initial: readonly string[] | undefined,
  field: FieldInfo
): Problem[] => {
  if (!initial) return []
  const start = field.default as string
  const at = (what: string, hint: string) => [problem(resource, 'states.initial', what, hint)]
  const missing = initial.includes(start)
    ? []
    : at(
        `${field.name} begins as ${start}, which is not initial`,
        `add ${start} to initial, or begin state(…) of ${field.name} with another`
      )

  return [...valueProblems(resource, 'states.initial', initial, field), ...missing]
}

/** `$user.id`, but not a list of ids: a column holds one. */
const actorFinding = (field: FieldInfo, value: unknown, byName: Context['byName']): Finding | undefined => {
  const property = userRef(value)!
  const users = byName.get(USERS)
  const column = users && fieldsOf(users).find(({ name }) => name === property)
  if (!column || !isObject(value) || value.$user !== property)
    return found(
      `sets ${field.name} to $user.${property}, which is no column of users`,
      `write ${field.name}: $user.id`
    )
  if (!field.nullable)
    return found(
      `sets ${field.name} to the user, and where the server itself takes the step there is none`,
      `write ${field.name}: nullable(…)`
    )

  return column.type === field.type
    ? undefined
    : found(
        `sets ${field.name}, a ${field.type}, to $user.${property}, a ${column.type}`,
        `write $user.id, or another type for ${field.name}`
      )
}

const isNow = (value: unknown) => isObject(value) && value.$now === true

const refusedFinding = (field: FieldInfo, value: unknown): Finding | undefined =>
  breaksConstraint(value, field)
    ? found(
        `sets ${field.name} to ${shown(value)}, which it does not take`,
        `write a value that ${field.name} takes, or widen ${field.name}`
      )
    : undefined

const setFinding = (
  name: string,
  value: unknown,
  state: FieldInfo,
  { fields, byName }: Context
): Finding | undefined => {
  const field = fields.get(name)
  if (!field) return found(`sets ${name}, which is not a field`, instead(name, fields.keys()))
  if (field.computed || field.counts || BY_ITSELF.includes(name))
    return found(`sets ${name}, which the database fills in`, `leave ${name} out of set`)
  if (name === state.name)
    return found(`sets ${name}, the state itself`, `leave ${name} out of set: to says what it becomes`)
  if (userRef(value)) return actorFinding(field, value, byName)
  if (!isNow(value)) return wrongValue(field, value) ?? refusedFinding(field, value)

  return typeInfo(field.type).isInstant
    ? undefined
    : found(`sets ${name}, a ${field.type}, to the time`, `write ${name}: nullable(timestamp())`)
}

const transitionProblems = (
  resource: AnyResource,
  name: string,
  transition: AnyTransition,
  field: FieldInfo,
  context: Context
): Problem[] => {
  const path = `states.transitions.${name}`
  const { from, to, set = {} } = transition

  return [
    ...valueProblems(resource, `${path}.from`, [from].flat() as string[], field),
    ...valueProblems(resource, `${path}.to`, [to], field),
    ...Object.entries(set).flatMap(([column, value]) => {
      const finding = setFinding(column, value, field, context)
      return finding
        ? [problem(resource, `${path}.set.${column}`, `${name} ${finding.what}`, finding.hint)]
        : []
    })
  ]
}

/** A state machine moves between values of one state field, and sets columns that are there to be set. */
export const states = (resource: AnyResource, context: Context): Problem[] => {
  const declared = resource.spec.states
  const stray = strayFields(resource, context)
  if (!declared) return stray
  const finding = fieldFinding(declared.field, context)
  if (finding) return [problem(resource, 'states.field', finding.what, finding.hint)]
  const field = context.fields.get(declared.field)!

  return [
    ...stray,
    ...initialProblems(resource, declared.initial, field),
    ...Object.entries(declared.transitions).flatMap(([name, transition]) =>
      transitionProblems(resource, name, transition, field, context)
    )
  ]
}
