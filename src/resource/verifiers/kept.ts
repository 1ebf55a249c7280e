import type { AnyResource, AnySpec } from '../any-resource'
import type { Problem } from './shared/problem'
import { problem, shown } from './shared/problem'

const isIndexed = ({ indexes = [] }: AnySpec) => indexes.some((names) => [names].flat()[0] === 'created_at')

/** Records go away by the time that they were made at, which they must have, and be found by. */
export const kept = (resource: AnyResource): Problem[] => {
  const { spec } = resource
  if (spec.kept === undefined) return []
  const days: unknown = (spec.kept as { days?: unknown } | null)?.days
  if (!Number.isSafeInteger(days) || (days as number) < 1)
    return [
      problem(resource, 'kept.days', `kept.days is ${shown(days)}`, 'write a whole number of days above 0')
    ]
  if (spec.timestamps === false || spec.table === false || spec.source)
    return [
      problem(resource, 'kept', 'kept asks for a table with created_at', 'take kept off, or have timestamps')
    ]
  if (isIndexed(spec)) return []

  return [
    problem(resource, 'kept', 'what is too old is looked for by created_at', "add 'created_at' to indexes")
  ]
}
