import type { AnyResource } from '../any-resource'
import type { FieldInfo } from '../field-info'
import type { Context, Finding, Problem } from './shared/problem'
import { wrongOwnValue } from './shared/own-value'
import { problem } from './shared/problem'

const defaultFinding = (field: FieldInfo): Finding | undefined =>
  field.hash
    ? {
        what: `${field.name} has a default, which everybody would know`,
        hint: `take the default off ${field.name}`
      }
    : wrongOwnValue(field, field.default, 'default')

/** A default is checked by nobody else before the database refuses it, at the first creation that needs it. */
export const defaults = (resource: AnyResource, { fields }: Context): Problem[] =>
  Object.keys(resource.spec.fields)
    .map((name) => fields.get(name)!)
    .filter((field) => field.default !== undefined && !(field.default === null && field.nullable))
    .flatMap((field) => {
      const finding = defaultFinding(field)
      return finding ? [problem(resource, `fields.${field.name}`, finding.what, finding.hint)] : []
    })
