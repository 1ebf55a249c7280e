import { sameJson } from '../util/same-json'

interface Named {
  readonly name: string
}
export const byName = <T extends Named>(items: readonly T[]): ReadonlyMap<string, T> =>
  new Map(items.map((item) => [item.name, item]))

/** What the second list has and the first has not, by name. */
export const added = <T extends Named>(from: readonly T[], to: readonly T[]): T[] => {
  const old = byName(from)
  return to.filter(({ name }) => !old.has(name))
}

export const removed = <T extends Named>(from: readonly T[], to: readonly T[]): T[] => added(to, from)

/** What both have under one name, as it was and as it is to be. */
export const pairs = <T extends Named>(from: readonly T[], to: readonly T[]): [T, T][] => {
  const olds = byName(from)

  return to.flatMap((item): [T, T][] => {
    const old = olds.get(item.name)
    return old ? [[old, item]] : []
  })
}

/** Those of them that are not alike. */
export const changed = <T extends Named>(from: readonly T[], to: readonly T[]): [T, T][] =>
  pairs(from, to).filter(([old, item]) => !sameJson(old, item))
