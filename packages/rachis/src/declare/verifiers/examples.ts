import type { AnyResource } from '../any-resource'
import type { FieldInfo } from '../field-info'
import type { Context, Finding, Problem } from './shared/problem'
import { breaksConstraint } from './shared/constraint'
import { problem, shown } from './shared/problem'
import { wrongValue } from './shared/value'

const findingOf = (field: FieldInfo, value: unknown): Finding | undefined => {
  const { name } = field
  const wrong = wrongValue(field, value)
  if (wrong) return { ...wrong, what: `an example of ${name} is wrong: ${wrong.what}` }
  if (!breaksConstraint(value, field)) return undefined

  return {
    what: `${name} does not take its own example ${shown(value)}`,
    hint: `write an example that ${name} takes, or widen ${name}`
  }
}

const examplesOf = ({ value: { example, examples } }: FieldInfo): unknown[] =>
  [example, ...(Array.isArray(examples) ? (examples as unknown[]) : [])].filter(
    (value) => value !== undefined
  )

/** An example goes into documents as it stands, and readers send what documents show. */
export const examples = (resource: AnyResource, { fields }: Context): Problem[] =>
  Object.keys(resource.spec.fields).flatMap((name) => {
    const field = fields.get(name)!
    const finding = examplesOf(field)
      .map((value) => findingOf(field, value))
      .find((found) => found)

    return finding ? [problem(resource, `fields.${name}`, finding.what, finding.hint)] : []
  })
