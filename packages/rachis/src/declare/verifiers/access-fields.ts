import type { AnyResource } from '../any-resource'
import type { FieldInfo } from '../field-info'
import type { Context, Problem } from './shared/problem'
import { instead, problem } from './shared/problem'
import { ruleProblems } from './shared/rule'

type FieldRules = { readonly read?: unknown; readonly write?: unknown }

const unknownField = (resource: AnyResource, name: string, { fields }: Context): Problem => {
  const declared = Object.keys(resource.spec.fields)
  const [what, hint] = fields.has(name)
    ? [`a rule for ${name} would not be asked: every record has it`, `leave ${name} out of access.fields`]
    : [`access.fields names ${name}, which is not a field`, instead(name, declared)]

  return problem(resource, `access.fields.${name}`, what, hint)
}

/** A rule that could change nothing is meant for something else. */
const pointless = (
  resource: AnyResource,
  { name, hidden, writable }: FieldInfo,
  { read, write }: FieldRules
): Problem[] => [
  ...(hidden && read !== undefined
    ? [
        problem(
          resource,
          `access.fields.${name}.read`,
          `${name} is write-only, so nobody reads it`,
          `leave the read rule of ${name} out`
        )
      ]
    : []),
  ...(writable === 'never' && write !== undefined
    ? [
        problem(
          resource,
          `access.fields.${name}.write`,
          `${name} is set by the server, so nobody writes it`,
          `leave the write rule of ${name} out`
        )
      ]
    : [])
]

/** Rules of fields are evaluated in memory for every row that is shown or sent: they ask of the user and of the record itself only. */
export const accessFields = (resource: AnyResource, context: Context): Problem[] =>
  Object.entries(resource.spec.access.fields ?? {}).flatMap(([name, rules = {}]) => {
    if (!Object.hasOwn(resource.spec.fields, name)) return [unknownField(resource, name, context)]
    const at = (kind: 'read' | 'write') =>
      ruleProblems(
        resource,
        context,
        { path: `access.fields.${name}.${kind}`, of: 'field', alike: rules.read ?? true },
        rules[kind]
      )

    return [...at('read'), ...at('write'), ...pointless(resource, context.fields.get(name)!, rules)]
  })
