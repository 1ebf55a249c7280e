import type { AnyResource } from '../any-resource'
import type { FieldInfo } from '../field-info'
import type { Context, Finding, Problem } from './shared/problem'
import { breaksConstraint } from './shared/constraint'
import { problem, shown } from './shared/problem'
import { wrongValue } from './shared/value'

const defaultFinding = (field: FieldInfo): Finding | undefined => {
  const { name, default: value } = field
  if (field.hash)
    return { what: `${name} has a default, which everybody would know`, hint: `take the default off ${name}` }
  const wrong = wrongValue(field, value)
  if (wrong) return { ...wrong, what: `the default of ${name} is wrong: ${wrong.what}` }
  if (!breaksConstraint(value, field)) return undefined

  return {
    what: `${name} does not take its own default ${shown(value)}`,
    hint: `write a default that ${name} takes, or widen ${name}`
  }
}

/** A default is checked by nobody else before the database refuses it, at the first creation that needs it. */
export const defaults = (resource: AnyResource, { fields }: Context): Problem[] =>
  Object.keys(resource.spec.fields)
    .map((name) => fields.get(name)!)
    .filter((field) => field.default !== undefined && !(field.default === null && field.nullable))
    .flatMap((field) => {
      const finding = defaultFinding(field)
      return finding ? [problem(resource, `fields.${field.name}`, finding.what, finding.hint)] : []
    })
