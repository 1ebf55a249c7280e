import type { Bridge, Constraint, Index, Table, TableColumn } from '../../model/table'
import { named } from '../../model/table'
import { quote } from '../../util/quote'
import type { Beside } from './beside-column'
import { besideOf } from './beside-column'
import type { Move } from './beside-refusals'
import { bridgeSql, dropBridgeSql, twins } from './bridge'
import { constraintSteps } from './constraints'
import { recount } from './counting'
import { indexSteps } from './indexes'
import { ofConstraint, ofIndex } from './mentions'
import { withColumns } from './respell'
import type { Step } from './step'
import { FINAL, step } from './step'
import { alter, setDefault } from './sql'

/** Declared columns begin with a letter, so that nobody else has these names. */
const nextName = (name: string) => named('_next', name)
const formerName = (name: string) => named('_before', name)

interface Parts {
  readonly constraints: readonly Constraint[]
  readonly indexes: readonly Index[]
}

const partsOn = ({ constraints, indexes }: Table, name: string): Parts => {
  const names = new Set([name])
  return {
    constraints: constraints.filter((one) => ofConstraint(one)(names)),
    indexes: indexes.filter((one) => ofIndex(one)(names))
  }
}

const prefixed = ({ constraints, indexes }: Parts, rename: (name: string) => string): Parts => ({
  constraints: constraints.map((one) => ({ ...one, name: rename(one.name) })),
  indexes: indexes.map((one) => ({ ...one, name: rename(one.name) }))
})

/** A table in which one column, and all that stands on it, has another name. */
const under = (table: Table, name: string, other: string, rename: (name: string) => string): Table => {
  const spelt = withColumns(table, new Map([[name, other]]))
  const parts = prefixed(partsOn(spelt, other), rename)
  const rest = <T extends { readonly name: string }>(items: readonly T[], own: readonly T[]) =>
    items.filter((item) => !own.some((one) => one.name === item.name))
  const before = partsOn(spelt, other)

  return {
    ...spelt,
    constraints: [...rest(spelt.constraints, before.constraints), ...parts.constraints],
    indexes: [...rest(spelt.indexes, before.indexes), ...parts.indexes]
  }
}

type Naming = (name: string) => string
const same: Naming = (name) => name

const rename = (kind: string, table: string, sql: (from: string, to: string) => string) => (from: string, to: string) =>
  step(`rename ${kind}`, [table, to], FINAL, sql(quote(from), quote(to)), sql(quote(to), quote(from))) // prettier-ignore

/** A column, and what stands on it, under other names. */
const renameAll = (table: string, column: readonly [string, string], parts: Parts, [from, to]: readonly [Naming, Naming]): Step[] => {
  const constraint = rename('constraint', table, (a, b) => alter(table, `rename constraint ${a} to ${b}`))
  const index = rename('index', table, (a, b) => `alter index ${a} rename to ${b}`)

  return [
    rename('column', table, (a, b) => alter(table, `rename column ${a} to ${b}`))(...column),
    ...parts.constraints.map(({ name }) => constraint(from(name), to(name))),
    ...parts.indexes.map(({ name }) => index(from(name), to(name)))
  ]
} // prettier-ignore

const setTo = (table: string, column: TableColumn, isSet: boolean): Step[] => {
  const [on, off] = [setDefault(table, column), setDefault(table, { ...column, default: undefined })]
  if (column.default === undefined) return []

  return isSet
    ? [step('set default', [table, column.name], FINAL, on, off)]
    : [step('drop default', [table, column.name], FINAL, off, on)]
}

/** What is left of the old column once it has its other name. */
interface Left extends Parts {
  readonly column: TableColumn
}
const leftOf = (table: Table, name: string): Left => {
  const former = formerName(name)
  const spelt = under(table, name, former, formerName)
  const { default: _default, ...column } = spelt.columns.find((one) => one.name === former)!

  return { column, ...partsOn(spelt, former) }
}

const withLeft = (table: Table, { column, constraints, indexes }: Left, bridge: Bridge): Table => ({
  ...table,
  columns: [...table.columns, column],
  constraints: [...table.constraints, ...constraints],
  indexes: [...table.indexes, ...indexes],
  bridges: [...(table.bridges ?? []), bridge],
  ...(table.uncounted ? { uncounted: [...table.uncounted, column.name] } : {})
})

/** A table in which one column, with all that stands on it, is as it is in another table. */
const withColumnOf = (table: Table, to: Table, name: string): Table => {
  const [old, next] = [partsOn(table, name), partsOn(to, name)]
  const rest = <T extends { readonly name: string }>(items: readonly T[], own: readonly T[]) =>
    items.filter((item) => !own.includes(item))

  return {
    ...table,
    columns: table.columns.map((column) => (column.name === name ? to.columns.find((one) => one.name === name)! : column)),
    constraints: [...rest(table.constraints, old.constraints), ...next.constraints],
    indexes: [...rest(table.indexes, old.indexes), ...next.indexes],
    ...(table.uncounted && to.uncounted ? { uncounted: to.uncounted } : {})
  }
} // prettier-ignore

/**
 * A column of another type under the name that it has: a second column is written beside it and gets all that stands on it, then both
 * change their names in a moment. The one of before stays, so that taking it back is a moment as well.
 */
export const moveBeside = (from: Table, to: Table, { old, next }: Move): Beside => {
  const table = to.name
  const shadow = nextName(next.name)
  const beside = besideOf(from, under(to, next.name, shadow, nextName), { old, next: { ...next, name: shadow } })
  const [own, meanwhile] = [partsOn(beside.to, shadow), beside.to.bridges!.at(-1)!]
  const left = leftOf(beside.to, old.name)
  const bridge = twins(table, { column: next.name, was: left.column.name, type: next.type, oldType: old.type })
  const done = withLeft(withColumnOf(from, to, next.name), left, bridge)
  const counted = beside.from.uncounted && done.uncounted

  return {
    from: done,
    to: withLeft(to, left, bridge),
    steps: [
      ...beside.steps,
      ...constraintSteps(table, [], own.constraints),
      ...indexSteps(table, [], own.indexes),
      step('drop trigger', [table, next.name], FINAL, dropBridgeSql(table, meanwhile), bridgeSql(table, meanwhile)),
      ...setTo(table, old, false),
      ...renameAll(table, [old.name, left.column.name], partsOn(beside.to, old.name), [same, formerName]),
      ...renameAll(table, [shadow, next.name], partsOn(to, next.name), [nextName, same]),
      ...setTo(table, next, true),
      step('add trigger', [table, next.name], FINAL, bridgeSql(table, bridge), dropBridgeSql(table, bridge)),
      ...(counted ? recount(to, beside.from.uncounted!, counted, 'contract') : [])
    ]
  }
} // prettier-ignore
