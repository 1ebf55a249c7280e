import type { AnyResource } from '../any-resource'
import { typeInfo } from '../column-types'
import type { FieldInfo } from '../field-info'
import { bytesOf, isIndexable, MAX_BYTES } from './shared/bytes'
import type { Context, Problem } from './shared/problem'
import { problem } from './shared/problem'

/** An index on two values reads half of the table, and one on long texts cannot be: those are for `search`. */
const isFilterable = (field: FieldInfo) =>
  !field.hidden && !typeInfo(field.type).isBinary && isIndexable(field) && bytesOf(field) <= MAX_BYTES

/** Columns that an index begins with. Foreign keys have one of their own. */
const leadingOf = ({ spec }: AnyResource, fields: readonly FieldInfo[]): Set<string | undefined> =>
  new Set([
    'id',
    ...(spec.indexes ?? []).map((columns) => [columns].flat()[0]),
    ...(spec.unique ?? []).map(([first]) => first),
    ...fields.filter(({ unique, references }) => unique || references).map(({ name }) => name)
  ])

/** A query by a column without an index reads the whole table, which a large one cannot bear. */
export const large = (resource: AnyResource, context: Context): Problem[] => {
  if (!resource.spec.large || resource.spec.table === false) return []
  const fields = [...context.fields.values()]
  const leading = leadingOf(resource, fields)

  return fields
    .filter((field) => isFilterable(field) && !leading.has(field.name))
    .map(({ name }) =>
      problem(
        resource,
        `fields.${name}`,
        `${name} can be filtered by, and no index of this large resource begins with it`,
        `add '${name}' to indexes`
      )
    )
}
