import type { AnyResource } from '../declare'
import { derivedBodyLimit } from './body-limit'
import type { Access, Operation, Rules } from './operation'
import type { Lower } from './own-operations'
import { actions, ownCreation, reports, transitions } from './own-operations'
import type { Records } from './standard-operations'
import { history, restore, standardOperations } from './standard-operations'
import { withStrictInput } from './strict-input'

export type * from './operation'

const linkable = ({ spec: { signed_links } }: AnyResource, operation: Operation): Operation =>
  signed_links?.includes(operation.name) ? { ...operation, linkable: true } : operation

const interactive = ({ spec: { interactive_only: names } }: AnyResource, operation: Operation): Operation =>
  names === true || names?.includes(operation.name) ? { ...operation, interactiveOnly: true } : operation

const limited = ({ spec: { limits } }: AnyResource, operation: Operation): Operation => {
  const bodyLimit = limits?.body ?? derivedBodyLimit(operation)

  return bodyLimit === undefined ? operation : { ...operation, bodyLimit }
}

/** How many records a page has, and one bulk creation. */
export interface Limits {
  readonly page: { readonly default: number; readonly max: number }
  readonly batch: number
}

const recordsOf = ({ name, spec }: AnyResource, rules: Rules, limits: Limits): Records => ({
  resource: name,
  path: spec.path ?? name,
  rules,
  ...limits
})

/** The creation by the declaration's own code, also where no rule offers it to clients: the server itself may call it. */
export const creationOf = (resource: AnyResource, rules: Rules, limits: Limits): Operation | undefined => {
  if (!resource.spec.create) return undefined
  const [creation] = standardOperations(recordsOf(resource, rules, limits), (access) => access === 'create')

  return withStrictInput(ownCreation(resource, creation!))
}

/** Declaration → what clients can do. An access rule that is missing offers no operation at all. */
export const operationsOf = (
  resource: AnyResource,
  rules: Rules,
  limits: Limits,
  lowered: Lower
): Operation[] => {
  const { spec } = resource
  const hasTable = spec.table !== false
  const isDeclared = (access: Access) => hasTable && spec.access[access] !== undefined
  const records = recordsOf(resource, rules, limits)

  return [
    ...standardOperations(records, isDeclared).map((operation) => ownCreation(resource, operation)),
    ...(spec.soft_delete && isDeclared('remove') ? [restore(records)] : []),
    ...(spec.audited && isDeclared('read') ? [history(records)] : []),
    ...transitions(resource, records, lowered),
    ...actions(resource, records, lowered),
    ...reports(resource, records)
  ].map((operation) =>
    limited(resource, linkable(resource, interactive(resource, withStrictInput(operation))))
  )
}
