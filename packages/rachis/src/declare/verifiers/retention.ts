import type { AnyResource, AnySpec } from '../any-resource'
import { typeInfo } from '../column-types'
import { fieldsOf } from '../field-info'
import type { Problem } from './shared/problem'
import { daysProblems } from './shared/days'
import { problem } from './shared/problem'

const isIndexed = ({ indexes = [] }: AnySpec, column: string) =>
  indexes.some((names) => [names].flat()[0] === column)
const isTime = (resource: AnyResource, column: string) =>
  fieldsOf(resource).some(({ name, type }) => name === column && typeInfo(type).isInstant)

/** Records go away by a time, mostly that of their making, which they must have, and be found by. */
export const retention = (resource: AnyResource): Problem[] => {
  const { spec } = resource
  if (spec.retention === undefined) return []
  const wrong = daysProblems(resource, 'retention')
  if (wrong.length > 0) return wrong
  const column = spec.retention.after ?? 'created_at'
  if (spec.table === false || spec.source || !isTime(resource, column))
    return [
      problem(
        resource,
        'retention',
        `retention asks for a table with a time ${column}`,
        `take retention off, or have ${column}`
      )
    ]
  if (isIndexed(spec, column)) return []

  return [
    problem(resource, 'retention', `what is too old is looked for by ${column}`, `add '${column}' to indexes`)
  ]
}
