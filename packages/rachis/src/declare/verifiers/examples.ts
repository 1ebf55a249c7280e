import type { AnyResource } from '../any-resource'
import type { FieldInfo } from '../field-info'
import type { Context, Problem } from './shared/problem'
import { problem } from './shared/problem'
import { wrongOwnValue } from './shared/own-value'

const examplesOf = ({ value: { example, examples } }: FieldInfo): unknown[] =>
  [example, ...(Array.isArray(examples) ? (examples as unknown[]) : [])].filter(
    (value) => value !== undefined
  )

/** An example goes into documents as it stands, and readers send what documents show. */
export const examples = (resource: AnyResource, { fields }: Context): Problem[] =>
  Object.keys(resource.spec.fields).flatMap((name) => {
    const field = fields.get(name)!
    const finding = examplesOf(field)
      .map((value) => wrongOwnValue(field, value, 'example'))
      .find((found) => found)

    return finding ? [problem(resource, `fields.${name}`, finding.what, finding.hint)] : []
  })
