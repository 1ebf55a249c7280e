import type { AnyResource } from '../declare'
import { fieldsOf } from '../declare'
import type { Draft, Facts } from './operation'

/** A removed record has no representation that its caller could know, and code without a transaction cannot hold a record. */
const takesIfMatch = ({ effect, target, name, declaredAt, run, transaction }: Draft): boolean =>
  effect === 'write' &&
  target === 'record' &&
  !(name === 'restore' && declaredAt === 'soft_delete') &&
  (run === undefined || transaction)

/** A time of change tells nothing of fields that move it not, and of what hooks make of a record. */
const isDated = (resource: AnyResource): boolean =>
  resource.spec.timestamps !== false &&
  resource.spec.hooks === undefined &&
  fieldsOf(resource).every(({ hidden, read }) => hidden || read === true)

/** What an operation has to do with preconditions and validators. */
export const preconditionFacts = (
  resource: AnyResource,
  draft: Draft
): Pick<Facts, 'ifMatch' | 'validators'> => {
  const { versioned } = resource.spec
  const isRequired = versioned === 'required'
  const modified = draft.effect === 'read' && isDated(resource)

  return {
    ...(takesIfMatch(draft) ? { ifMatch: isRequired ? 'required' : 'taken' } : {}),
    ...(draft.answers === 'record' ? { validators: { version: Boolean(versioned), modified } } : {})
  }
}
