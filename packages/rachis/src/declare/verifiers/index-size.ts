import type { AnyResource } from '../any-resource'
import type { FieldInfo } from '../field-info'
import { bytesOf, MAX_BYTES } from './shared/bytes'
import type { Context, Problem } from './shared/problem'
import { problem } from './shared/problem'

const listsOf = (
  { spec }: AnyResource,
  { fields }: Context
): [path: string, columns: readonly string[]][] => [
  ...[...fields.values()]
    .filter(({ unique }) => unique)
    .map(({ name }) => [`fields.${name}`, [name]] as [string, string[]]),
  ...(spec.unique ?? []).map(
    (columns, index) => [`unique[${index}]`, columns] as [string, readonly string[]]
  ),
  ...(spec.indexes ?? []).map(
    (columns, index) => [`indexes[${index}]`, [columns].flat()] as [string, string[]]
  )
]

/** An index takes no row of more than 2704 bytes: a client that sent a long text would be answered with a 500. */
export const indexSize = (resource: AnyResource, context: Context): Problem[] =>
  listsOf(resource, context).flatMap(([path, columns]) => {
    const known = columns
      .map((name) => context.fields.get(name))
      .filter((field): field is FieldInfo => field !== undefined)
    if (known.reduce((sum, field) => sum + bytesOf(field), 0) <= MAX_BYTES) return []
    const [longest] = known.sort((a, b) => bytesOf(b) - bytesOf(a))
    const { name } = longest!

    return [
      problem(
        resource,
        path,
        `${name} can be longer than an index holds`,
        `write a maxLength of at most 255 for ${name}, or leave it out of ${path}`
      )
    ]
  })
