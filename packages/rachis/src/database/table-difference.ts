import type { Table } from '../model/table'

interface Named {
  readonly name: string
}
export const byName = <T extends Named>(items: readonly T[]): ReadonlyMap<string, T> =>
  new Map(items.map((item) => [item.name, item]))

/** What the second list has and the first has not, by name. */
export const added = <T extends Named>(from: readonly T[], to: readonly T[]): T[] =>
  to.filter(({ name }) => !byName(from).has(name))

export const removed = <T extends Named>(from: readonly T[], to: readonly T[]): T[] => added(to, from)

/** What both have under one name and not alike, as it was and as it is to be. */
export const changed = <T extends Named>(from: readonly T[], to: readonly T[]): [T, T][] =>
  to.flatMap((item) => {
    const old = byName(from).get(item.name)
    return old && JSON.stringify(old) !== JSON.stringify(item) ? [[old, item] as [T, T]] : []
  })

/** The tables that both have. */
export const pairs = (from: readonly Table[], to: readonly Table[]): [Table, Table][] =>
  to.flatMap((table) => {
    const old = byName(from).get(table.name)
    return old ? [[old, table] as [Table, Table]] : []
  })
