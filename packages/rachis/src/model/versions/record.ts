import type { Model } from '../model'
import { otherModel } from '../models'
import type { OldFieldInfo, VersionStep } from './steps'
import { stepsFrom } from './steps'
import { isObject } from '../../util/is-object'

type Row = Readonly<Record<string, unknown>>

const isAbsent = (value: unknown) => value === null || value === undefined

/** The value of an old field; null where there is nothing that it could be made from. */
const oldValue = ({ from, answer }: OldFieldInfo, row: Row): unknown => {
  const values = from.map((name) => row[name])
  if (!answer || values.every(isAbsent)) return values[0] ?? null

  return answer(...values)
}

/** A record of the next version → one of this version, in the order of its fields. What it was not read with is left out. */
const stepBack = ({ fields, hidden }: VersionStep, row: Row): Row => {
  const entries = Object.entries(row).flatMap(([name, value]): [string, unknown][] => {
    const old = fields.filter(({ from }) => from[0] === name && from.every((one) => one in row))
    const own: [string, unknown][] = hidden.includes(name) || fields.some((one) => one.name === name) ? [] : [[name, value]] // prettier-ignore

    return [...old.map((field): [string, unknown] => [field.name, oldValue(field, row)]), ...own]
  })

  return Object.fromEntries(entries)
}

/** Related records that were answered along, each in its own shape of the version. */
const withRelated = (model: Model, version: number, row: Row): Row => {
  const related = model.relations.flatMap(({ name, target }): [string, unknown][] => {
    const value = row[name]
    const other = otherModel(model, target)
    if (!other || typeof value !== 'object' || value === null) return []

    return [[name, recordsIn(other, version, value)]]
  })

  return related.length === 0 ? row : { ...row, ...Object.fromEntries(related) }
}

/**
 * A record as an older version shows it.
 *
 * @example recordIn(articles, 1, { id: 7, title: 'Tea' }) // { id: 7, name: 'Tea' }
 */
export const recordIn = (model: Model, version: number, row: Row): Row =>
  stepsFrom(model, version).reduceRight(
    (shown, step) => stepBack(step, shown),
    withRelated(model, version, row)
  )

/** The same of one record or of several; anything else as it is. */
export const recordsIn = (model: Model, version: number, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((one) => recordsIn(model, version, one))

  return isObject(value) ? recordIn(model, version, value) : value
}

/** The records of a page, whichever form it has. */
export const pageIn = (model: Model, version: number, page: unknown): unknown => {
  if (!isObject(page)) return recordsIn(model, version, page)
  const entries = Object.entries(page).map(([name, value]): [string, unknown] => [
    name,
    Array.isArray(value) ? recordsIn(model, version, value) : value
  ])

  return Object.fromEntries(entries)
}

/** What the history of a record says of its fields: both values of each as a record of the version has them. */
export const historyIn = (model: Model, version: number, answer: unknown): unknown => {
  if (Array.isArray(answer)) return answer.map((one) => historyIn(model, version, one))
  if (!isObject(answer)) return answer
  if (Array.isArray(answer.data)) return { ...answer, data: historyIn(model, version, answer.data) }
  if (!isObject(answer.changes)) return answer
  const values = (side: 'from' | 'to') =>
    recordIn(model, version, Object.fromEntries(Object.entries(answer.changes as Row).map(([name, one]) => [name, (one as Row)[side]]))) // prettier-ignore
  const [from, to] = [values('from'), values('to')]
  const changes = Object.fromEntries(
    Object.keys(to).map((name) => [name, { from: from[name], to: to[name] }])
  )

  return { ...answer, changes }
}
