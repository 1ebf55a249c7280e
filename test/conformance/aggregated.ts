import type { Model } from '../../packages/rachis/src/model/model'
import type { Json } from '../helpers/world'

type Asked = Readonly<
  Record<'group' | 'count' | 'sum' | 'avg' | 'min' | 'max', readonly string[] | undefined>
>

const MONTHS: Readonly<Record<string, (month: number) => number>> = {
  month: (month) => month,
  quarter: (month) => month - (month % 3),
  year: () => 0
}

/** Where the part of the calendar begins, in UTC, in the form that the value has. */
const beginOf = (value: string, unit: string): string => {
  const at = new Date(value)
  const month = MONTHS[unit]
  const begin = month ? [at.getUTCFullYear(), month(at.getUTCMonth()), 1] as const : [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()] as const // prettier-ignore
  const text = new Date(Date.UTC(...begin)).toISOString()

  return value.length === 10 ? text.slice(0, 10) : text
}

const keyOf = (row: Json, name: string): unknown => {
  const [column = '', unit] = name.split('.')
  const value: unknown = row[column]

  return unit === undefined || value === null ? value : beginOf(value as string, unit)
}

/** Exact to a millionth, which none of the samples is finer than. */
const sumOf = (numbers: readonly number[]) =>
  numbers.reduce((sum, number) => sum + Math.round(number * 1e6), 0) / 1e6

const isLess = (a: unknown, b: unknown) => (a as number) < (b as number)
const least = (values: readonly unknown[], words: readonly string[] | undefined, turned: boolean) => {
  const place = (value: unknown) => (words ? words.indexOf(value as string) : value)
  return values.reduce((found, value) => (isLess(place(value), place(found)) !== turned && place(value) !== place(found) ? value : found)) // prettier-ignore
}

const valuesOf = ({ fields }: Model, rows: readonly Json[], asked: Asked): Json => {
  const shown = (name: string) => rows.map((row) => row[name] as unknown).filter((value) => value !== null && value !== undefined) // prettier-ignore
  const of = (names: readonly string[], compute: (name: string) => unknown) =>
    Object.fromEntries(names.map((name) => [name, compute(name)]))
  const orNull = (compute: (values: unknown[], name: string) => unknown) => (name: string) => {
    const values = shown(name)
    return values.length === 0 ? null : compute(values, name)
  }
  const computed: [string, (name: string) => unknown][] = [
    ['count', (name) => (name === '*' ? rows.length : shown(name).length)],
    ['sum', orNull((values) => sumOf(values as number[]))],
    ['avg', orNull((values) => sumOf(values as number[]) / values.length)],
    ['min', orNull((values, name) => least(values, fields.get(name)!.enum, false))],
    ['max', orNull((values, name) => least(values, fields.get(name)!.enum, true))]
  ]

  return Object.fromEntries(
    computed.flatMap(([name, compute]) => {
      const names = asked[name as keyof Asked]
      return names ? [[name, of(names, compute)]] : []
    })
  )
}

/** The groups that the records of a list make, by their caller's own computation. */
export const expectedGroups = (model: Model, rows: readonly Json[], asked: Asked, least_count: number) => {
  const { group = [] } = asked
  const columns = group.map((name) => name.split('.')[0]!)
  const inGroups = rows.filter((row) => columns.every((column) => column in row))
  const groups = new Map<string, Json[]>(group.length === 0 ? [['[]', []]] : [])
  for (const row of inGroups) {
    const key = JSON.stringify(group.map((name) => keyOf(row, name)))
    groups.set(key, [...(groups.get(key) ?? []), row])
  }

  return [...groups]
    .filter(([, members]) => members.length >= least_count)
    .map(([key, members]): Json => {
      const keys = JSON.parse(key) as unknown[]
      return {
        group: Object.fromEntries(group.map((name, index) => [name, keys[index]])),
        ...valuesOf(model, members, asked)
      }
    })
}

const rounded = (averages: Json) =>
  Object.fromEntries(Object.entries(averages).map(([name, value]) => [name, (value as number | null)?.toFixed(6)])) // prettier-ignore

/** Groups to be compared: averages as far as they are the same in floating point. */
export const inNoOrder = (groups: readonly Json[]) =>
  groups
    .map(({ avg, ...group }) => ({ ...group, ...(avg ? { avg: rounded(avg as Json) } : {}) }) as Json)
    .sort((a, b) => (JSON.stringify(a.group) < JSON.stringify(b.group) ? -1 : 1))
