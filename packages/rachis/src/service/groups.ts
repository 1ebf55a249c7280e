import { and, TRUE } from '../declare/predicate'
import { typeInfo } from '../declare/column-types'
import { validationError } from '../errors/errors'
import type { ReadPage } from '../model/pages'
import { totalSeen } from '../model/pages'
import { badQuery } from '../model/query-parameter'
import type { ParsedAggregate } from '../query/query-aggregate'
import type { NamedValue } from '../query/query-groups'
import type { ResourceParams } from './service-params'
import type { Row } from '../sql/database'
import { countGroups, readName, selectGroups, TOTAL } from '../sql/groups'
import type { Target } from '../sql/target'
import type { Statement } from '../sql/where'

type Run = (statement: Statement) => Promise<Row[]>

/** What PostgreSQL says of a time zone that Node knows and it does not. */
const INVALID_PARAMETER = '22023'

const isExact = ({ types }: Target, { function: name, column }: NamedValue) =>
  name === 'sum' && typeInfo(types.get(column!)).decimal === undefined

const tooLarge = ({ name }: NamedValue) =>
  validationError([
    {
      field: name,
      message: 'is a larger number than JSON can carry exactly',
      rule: 'maximum',
      expected: Number.MAX_SAFE_INTEGER
    }
  ])

/** @throws {ApiError} VALIDATION_ERROR for a sum whose digits a number of JavaScript does not hold */
const numberOf = (target: Target, value: NamedValue, digits: string): number | null => {
  const number = Number(digits)
  // Views may hold NaN and infinities, which are null in a record as well.
  if (!Number.isFinite(number)) return null
  if (isExact(target, value) && String(number) !== digits) throw tooLarge(value)

  return number
}

const valueOf = (target: Target, value: NamedValue, row: Row): unknown => {
  const read = row[readName(value.alias)]
  if (value.function === 'count') return Number(read)
  if (value.function === 'min' || value.function === 'max' || read === null) return read

  return numberOf(target, value, read as string)
}

/** A row as clients read it: `{ group: { status: 'paid' }, count: { '*': 3 }, sum: { total: 90 } }`. */
const groupOf = (target: Target, { keys, values, answered }: ParsedAggregate) => {
  const shown = values.filter(({ name }) => answered.includes(name))

  return (row: Row) => {
    const group: Record<string, Record<string, unknown>> = {
      group: Object.fromEntries(keys.map(({ name, alias }) => [name, row[readName(alias)]]))
    }
    for (const value of shown) {
      const named = (group[value.function] ??= {})
      named[value.column ?? '*'] = valueOf(target, value, row)
    }

    return group
  }
}

const isUnknownZone = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === INVALID_PARAMETER // prettier-ignore

const readRows = (run: Run, statement: Statement): Promise<Row[]> =>
  run(statement).catch((error: unknown) => {
    if (!isUnknownZone(error)) throw error
    throw badQuery('tz', 'The database does not know this time zone', 'Write a name of the tz database, such as Europe/Berlin') // prettier-ignore
  })

/** The number of groups where the page has none of them. */
const totalOf = async (target: Target, run: Run, asked: ParsedAggregate) => {
  const seen = totalSeen(0, asked)
  if (seen !== undefined) return seen
  const [row] = await readRows(run, countGroups(target, asked))

  return Number(row![TOTAL])
}

/**
 * The page of groups that a call asks for, of the records that its rule leaves.
 *
 * @throws {ApiError} BAD_QUERY for a time zone that the database does not know, VALIDATION_ERROR for a sum that no number holds
 */
export const readGroups = async (
  target: Target,
  run: Run,
  { grouping, access }: ResourceParams
): Promise<ReadPage> => {
  const asked = { ...grouping!, where: and([grouping!.where, access?.restrict ?? TRUE]) }
  const { limit, skip } = asked
  const rows = limit === 0 ? [] : await readRows(run, selectGroups(target, asked))
  const [first] = rows
  const total = first ? Number(first[TOTAL]) : await totalOf(target, run, asked)

  return { total, limit, skip, data: rows.map(groupOf(target, asked)) }
}
