import type { AnyResource, AnySpec } from '../any-resource'
import { fieldsOf } from '../field-info'
import type { Problem } from './shared/problem'
import { problem, shown } from './shared/problem'

const isIndexed = ({ indexes = [] }: AnySpec, column: string) =>
  indexes.some((names) => [names].flat()[0] === column)
const isTime = (resource: AnyResource, column: string) =>
  fieldsOf(resource).some(({ name, type }) => name === column && type === 'timestamptz(3)')

/** Records go away by a time, mostly that of their making, which they must have, and be found by. */
export const kept = (resource: AnyResource): Problem[] => {
  const { spec } = resource
  if (spec.kept === undefined) return []
  const days: unknown = (spec.kept as { days?: unknown } | null)?.days
  if (!Number.isSafeInteger(days) || (days as number) < 1)
    return [
      problem(resource, 'kept.days', `kept.days is ${shown(days)}`, 'write a whole number of days above 0')
    ]
  const column = spec.kept.after ?? 'created_at'
  if (spec.table === false || spec.source || !isTime(resource, column))
    return [
      problem(
        resource,
        'kept',
        `kept asks for a table with a time ${column}`,
        `take kept off, or have ${column}`
      )
    ]
  if (isIndexed(spec, column)) return []

  return [
    problem(resource, 'kept', `what is too old is looked for by ${column}`, `add '${column}' to indexes`)
  ]
}
