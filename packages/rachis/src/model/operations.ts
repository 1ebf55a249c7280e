import type { AnyResource } from '../declare'
import { recordOf } from '../declare'
import { aggregate } from './aggregate'
import { derivedBodyLimit } from './body-limit'
import { failuresOf } from './failures'
import type { Access, Draft, Operation, Rules } from './operation'
import type { Lower } from './own-operations'
import { actions, ownCreation, reports, transitions } from './own-operations'
import type { PageLimits } from './pages'
import { ratesOf } from './rates'
import { BY_OFFSET } from './pages'
import type { Described } from './schemas'
import { dataSchema } from './schemas'
import { preconditionFacts } from './preconditions'
import type { Records } from './standard-operations'
import { history, manyOperations, restore, standardOperations } from './standard-operations'
import { strictInput } from './strict-input'

export type * from './operation'

/** How many records a page has, and one bulk creation. */
export interface Limits {
  readonly page: PageLimits
  readonly batch: number
}

/** What of a model its operations are made from, and how its rules are lowered. */
export interface Basis extends Described {
  readonly rules: Rules
  readonly limits: Limits
  readonly lowered: Lower
}

const recordsOf = (resource: AnyResource, { limits, rules, ...described }: Basis): Records => {
  const record = recordOf(resource)

  return {
    resource: resource.name,
    path: resource.spec.path ?? resource.name,
    rules,
    record,
    list: BY_OFFSET.schema(record),
    written: (method) => dataSchema(described, method),
    ...limits
  }
}

/** What a declaration says of several operations at once. */
const declaredTraits = (resource: AnyResource, operation: Draft) => {
  const { spec } = resource
  const { interactive_only: interactive, signed_links: linked, limits } = spec
  const bodyLimit = limits?.body ?? derivedBodyLimit(operation)

  return {
    ...(interactive === true || interactive?.includes(operation.name) ? { interactiveOnly: true } : {}),
    ...(linked?.includes(operation.name) ? { linkable: true } : {}),
    ...(spec.cache && operation.effect === 'read' ? { cache: spec.cache } : {}),
    ...(bodyLimit === undefined ? {} : { bodyLimit }),
    ...ratesOf(resource, operation)
  }
}

/** With what follows from the rest of it, and what is declared for several operations at once. */
const completed = (resource: AnyResource, { fields }: Basis, draft: Draft): Operation => {
  const input = draft.data === 'input' ? { input: strictInput(draft.input) } : {}
  const operation = { ...draft, ...input, ...preconditionFacts(resource, draft) }

  return { ...operation, errors: failuresOf(fields, operation), ...declaredTraits(resource, operation) }
}

/** The creation by the declaration's own code, also where no rule offers it to clients: the server itself may call it. */
export const creationOf = (resource: AnyResource, basis: Basis): Operation | undefined => {
  if (!resource.spec.create) return undefined
  const [creation] = standardOperations(recordsOf(resource, basis), (access) => access === 'create')

  return completed(resource, basis, ownCreation(resource, creation!))
}

/** Declaration → what clients can do. An access rule that is missing offers no operation at all. */
export const operationsOf = (resource: AnyResource, basis: Basis): Operation[] => {
  const { spec } = resource
  const isDeclared = (access: Access) => spec.table !== false && spec.access[access] !== undefined
  const records = recordsOf(resource, basis)

  return [
    ...standardOperations(records, isDeclared).map((operation) => ownCreation(resource, operation)),
    ...manyOperations(records, spec.bulk ?? {}),
    ...(isDeclared('read') && spec.aggregates !== false ? [aggregate(records, basis.fields.values())] : []),
    ...(spec.soft_delete && isDeclared('remove') ? [restore(records)] : []),
    ...(spec.audited && isDeclared('read') ? [history(records)] : []),
    ...transitions(resource, records, basis.lowered),
    ...actions(resource, records, basis.lowered),
    ...reports(resource, records)
  ].map((operation) => completed(resource, basis, operation))
}
