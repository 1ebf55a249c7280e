import type { Row } from '../sql/database'
import type { Target } from '../sql/target'

const storedByTarget = new WeakMap<Target, ReadonlySet<string>>()

/** Columns that a statement may write. */
export const storedOf = (target: Target): ReadonlySet<string> => {
  const known = storedByTarget.get(target)
  if (known) return known
  const { types, computed = [] } = target
  const stored = new Set([...types.keys()].filter((name) => !computed.includes(name)))
  storedByTarget.set(target, stored)

  return stored
}

/** The columns that a statement may write of which any of the rows has a value, in the order of the table. */
export const givenColumns = (target: Target, rows: readonly Row[]): string[] => {
  const given: string[] = []
  for (const name of storedOf(target)) if (rows.some((row) => row[name] !== undefined)) given.push(name)

  return given
}

/** What a change sets, of the data that it was given. */
export const changesOf = (target: Target, data: Row): Row => {
  const stored = storedOf(target)
  const changes: Row = {}
  for (const [name, value] of Object.entries(data))
    if (value !== undefined && stored.has(name) && name !== target.id) changes[name] = value

  return changes
}
