import type { RowPredicate } from '../declare/predicate'
import { and, FALSE } from '../declare/predicate'
import { similar } from '../util/similar'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import type { User } from './policy'
import { fieldRule, restrictionOf } from './policy'

/** What an API key is limited to: `tasks:find`, `tasks:read`, `tasks:*`, `*:get`, `*:*`. Undefined for who signed in themselves. */
const scopesOf = (user: User): readonly string[] | undefined =>
  (user as { scopes?: readonly string[] } | null | undefined)?.scopes

/** Whether somebody calls with an API key, and not signed in themselves. */
export const usesScopes = (user: User): boolean => scopesOf(user) !== undefined

type ScopedOperation = Pick<Operation, 'resource' | 'name' | 'effect' | 'interactiveOnly'>

/** Permissions for several operations at once. No operation has such a name: `verify` refuses it. */
const GROUPS: Readonly<Record<string, (operation: ScopedOperation) => boolean>> = {
  '*': () => true,
  read: ({ effect }) => effect === 'read',
  write: ({ effect }) => effect === 'write'
}

const names = (scope: string, operation: ScopedOperation): boolean => {
  const [resource, named = ''] = scope.split(':')
  const isNamed = GROUPS[named] ?? (({ name }: ScopedOperation) => name === named)

  return (resource === '*' || resource === operation.resource) && isNamed(operation)
}

/**
 * Whether the user's scopes let them call this operation at all. Scopes narrow what their rules allow and never widen it: the rules
 * are asked as well. No scope names what a declaration keeps for those who signed in themselves.
 *
 * @example permits({ id: 7, scopes: ['tasks:read'] }, { resource: 'tasks', name: 'find', effect: 'read' }) // true
 */
export const permits = (user: User, operation: ScopedOperation): boolean => {
  const scopes = scopesOf(user)
  return (
    scopes === undefined || (!operation.interactiveOnly && scopes.some((scope) => names(scope, operation)))
  )
}

/** Whether a permission names one of these operations, by itself or with others. */
const permitsAny = (user: User, { operations }: Model, wanted: readonly string[]): boolean =>
  scopesOf(user) === undefined ||
  operations.some((operation) => wanted.includes(operation.name) && permits(user, operation))

/** Whether they may be shown records of this resource: the answer of a write, and events. */
export const maySee = (user: User, model: Model): boolean => permitsAny(user, model, ['find', 'get'])

/** Whether they may look for records of this resource: by `include`, by a filter on a relation, by a report. */
export const maySearch = (user: User, model: Model): boolean => permitsAny(user, model, ['find'])

/** The rule of reading for a user who is shown records: false outside of their scopes. */
export const sightOf = (model: Model, user: User): RowPredicate =>
  maySee(user, model) ? restrictionOf(model.rules.read, user) : FALSE

/** Of which records they are shown this field. */
export const sightOfField = (model: Model, name: string, user: User): RowPredicate =>
  and([sightOf(model, user), restrictionOf(fieldRule(model, name, 'read'), user)])

/**
 * What is wrong with a scope that somebody asks for, in words; undefined where there is nothing.
 *
 * @example scopeProblem(models, 'taks:find') // 'names taks, which is not a resource; did you mean tasks?'
 */
export const scopeProblem = (models: readonly Model[], scope: string): string | undefined => {
  const [resource, operation, ...rest] = scope.split(':')
  if (!resource || !operation || rest.length > 0)
    return 'must be <resource>:<operation>, such as tasks:find, tasks:read, tasks:write or tasks:*'
  const offered = models.filter(({ operations }) =>
    operations.some(({ interactiveOnly }) => !interactiveOnly)
  )
  const meant = resource === '*' ? offered : offered.filter(({ name }) => name === resource)
  if (meant.length === 0) return unknown('resource', resource, models.map(({ name }) => name), offered.map(({ name }) => name)) // prettier-ignore
  const all = meant.flatMap(({ operations }) => operations)
  const group = GROUPS[operation]
  if (group) return groupProblem(all, scope, group)
  const allowed = all.filter(({ interactiveOnly }) => !interactiveOnly).map(({ name }) => name)

  return allowed.includes(operation) ? undefined : unknown(`operation of ${resource}`, operation, all.map(({ name }) => name), allowed) // prettier-ignore
}

/** A permission that allows nothing would be taken for one that does. */
const groupProblem = (
  operations: readonly Operation[],
  scope: string,
  isIn: (operation: ScopedOperation) => boolean
): string | undefined =>
  operations.some((operation) => !operation.interactiveOnly && isIn(operation))
    ? undefined
    : `names ${scope}, and there is no such operation that an API key may be allowed`

const unknown = (
  what: string,
  name: string,
  known: readonly string[],
  allowed: readonly string[]
): string => {
  if (known.includes(name)) return `names ${name}, which no API key may be allowed`
  const near = similar(name, [...new Set(allowed)])

  return `names ${name}, which is not a${/^[aeiou]/.test(what) ? 'n' : ''} ${what}${near ? `; did you mean ${near}?` : ''}`
}
