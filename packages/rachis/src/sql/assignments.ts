import { quote } from '../util/quote'
import type { Binder } from './binder'
import { encode } from './preconditions'
import type { Target } from './target'

/** A column, and SQL of what it is set to. */
interface Assignment {
  readonly name: string
  readonly value: string
}

/**
 * `"updated_at" = …`: the time, where the row becomes another one for every reader. Rows are compared as values, so that 1.0 is 1.00, and each
 * by itself. The parameters of the assignments stand here once more, and are sent once.
 */
const touched = ({ touch, quiet }: Target, assignments: readonly Assignment[]): string[] => {
  const seen = assignments.filter(({ name }) => !quiet?.has(name))
  if (touch === undefined || seen.length === 0) return []
  const column = quote(touch)
  const values = seen.map(({ value }) => value).join(', ')
  const isChanged = `(${seen.map(({ name }) => quote(name)).join(', ')}) is distinct from (${values})`

  return [`${column} = case when ${isChanged} then now() else ${column} end`]
}

/**
 * What stands behind `set`: the columns that are given, and the time of the change where the record has one.
 *
 * @example assignments(notes, { title: 'x' }, binder)
 * // "title" = $1::text, "updated_at" = case when ("title") is distinct from ($1::text) then now() else "updated_at" end
 */
export const assignments = (
  target: Target,
  changes: Readonly<Record<string, unknown>>,
  binder: Binder
): string => {
  const assigned = Object.entries(changes).map(([name, value]) => {
    const type = target.types.get(name)
    return { name, value: `${binder.bind(encode(value, type))}::${type}` }
  })

  return [
    ...assigned.map(({ name, value }) => `${quote(name)} = ${value}`),
    ...touched(target, assigned)
  ].join(', ')
}
