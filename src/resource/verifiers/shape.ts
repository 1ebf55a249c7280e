import type { AnyResource } from '../any-resource'
import type { Problem } from './shared/problem'
import { isObject, problem, shown } from './shared/problem'

const CIRCLE = 'a value of another file is undefined where two files import each other'

/** What stands in the list of declarations and is none: its place is all that could be told of it. */
const missing = (value: unknown, index: number): Problem => ({
  resource: '',
  path: `resources[${index}]`,
  message: `resources[${index}] is ${shown(value)}, not a declaration`,
  mend: `write defineResource(…), and list what it answers; ${CIRCLE}`
})

const isDeclaration = (value: unknown) =>
  isObject(value) && typeof value.name === 'string' && isObject(value.spec)

/** A field alone is said by unique(…) around it. */
const looseProblems = (resource: AnyResource): Problem[] =>
  ((resource.spec.unique ?? []) as readonly unknown[]).flatMap(
    (columns, index) =>
    Array.isArray(columns)
      ? []
      : [problem(resource, `unique[${index}]`, `unique[${index}] is ${shown(columns)}, not a list of fields`, `write unique(…) around the field, or unique: [['a', 'b']]`)] // prettier-ignore
  )

/** Without these nothing else of a declaration could be read, so they are checked before all other rules. */
export const shape = (resource: AnyResource, index: number): Problem[] => {
  if (!isDeclaration(resource)) return [missing(resource, index)]
  const { fields, access } = resource.spec as { fields?: unknown; access?: unknown }
  const entries = isObject(fields) ? Object.entries(fields) : []
  const wrong = entries.filter(([, schema]) => !isObject(schema))

  return [
    ...(isObject(fields)
      ? []
      : [problem(resource, 'fields', 'has no fields', 'write fields: { name: text() }')]),
    ...(isObject(access)
      ? []
      : [problem(resource, 'access', 'has no access', 'write access: {} for what only the server uses')]),
    ...looseProblems(resource),
    ...wrong.map(([name, schema]) =>
      problem(
        resource,
        `fields.${name}`,
        `${name} is ${shown(schema)}, not a schema`,
        `write ${name}: text() or another type; ${CIRCLE}`
      )
    )
  ]
}
