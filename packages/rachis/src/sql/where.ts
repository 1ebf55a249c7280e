import type { ColumnType, Terms } from '../declare'
import { operatorsOf } from '../declare'
import { parseJsonPath } from './json-path'
import type { JsonPath } from './json-path'
import type { Search } from './search'
import { searchCondition } from './search'
import { quote } from '../util/quote'

/** SQL text with `$1…` and its values. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}
/** Column name → type, for the casts that PostgreSQL cannot infer. */
export type ColumnTypes = ReadonlyMap<string, ColumnType>

/** Collects values while text is built. */
export class Binder {
  readonly values: unknown[] = []
  bind(value: unknown): string {
    this.values.push(value)
    return `$${this.values.length}`
  }
}

/** Operands keep their full precision: cast to the column's own type, 10.005 would be rounded before it is compared. */
const WIDE: Partial<Record<ColumnType, string>> = {
  'numeric(12,2)': 'numeric',
  'timestamptz(3)': 'timestamptz',
  integer: 'bigint'
}
export const wideType = (type: ColumnType | undefined): string => (type && WIDE[type]) ?? type ?? 'text'
const array = (type: ColumnType | undefined) => `${wideType(type)}[]`

const COMPARISONS: Record<string, string> = {
  $eq: '=',
  $ne: '<>',
  $lt: '<',
  $lte: '<=',
  $gt: '>',
  $gte: '>='
}

const compare = (
  column: string,
  operator: string,
  operand: unknown,
  type: ColumnType | undefined,
  binder: Binder
): string => {
  const comparison = COMPARISONS[operator]
  if (comparison) return `${column} ${comparison} ${binder.bind(operand)}::${wideType(type)}`

  switch (operator) {
    case '$in': return inList(column, operand as unknown[], type, binder) // prettier-ignore
    case '$nin':
      return notInList(column, operand as unknown[], type, binder)
    case '$matches':
      return inQuery(column, operand as Related, binder)
    case '$ilike':
      return `${column} ilike ${binder.bind(operand)}`
    case '$contains':
      return `${column} @> ${binder.bind(operand)}::${wideType(type)}`
    default:
      throw new Error(`No SQL for the operator ${operator}`)
  }
}

/** Rows of another table that a key refers to, or that refer to this one: a semi-join, so that none is found twice. */
export interface Related {
  readonly table: string
  readonly column: string
  readonly types: ColumnTypes
  readonly query: Terms
}
const inQuery = (column: string, { table, column: by, types, query }: Related, binder: Binder): string =>
  `${column} in (select ${quote(by)} from ${quote(table)}${where(query, types, binder)})`

const inList = (
  column: string,
  operand: readonly unknown[],
  type: ColumnType | undefined,
  binder: Binder
): string => {
  const values = operand.filter((value) => value !== null)
  const sql = `${column} = any(${binder.bind(values)}::${array(type)})`

  return values.length < operand.length ? `(${sql} or ${column} is null)` : sql
}

/** `x <> all('{1,NULL}')` holds for no x at all. */
const notInList = (
  column: string,
  operand: readonly unknown[],
  type: ColumnType | undefined,
  binder: Binder
): string => {
  const values = operand.filter((value) => value !== null)
  const sql = `${column} <> all(${binder.bind(values)}::${array(type)})`

  return values.length < operand.length ? `(${sql} and ${column} is not null)` : sql
}

const isNull = (column: string, operator: string, operand: unknown): string | undefined => {
  if (operator === '$null') return `${column} is ${operand ? '' : 'not '}null`
  if (operand !== null) return undefined

  return operator === '$ne' ? `${column} is not null` : `${column} is null`
}

const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i
const isNumber = (operand: unknown) => NUMBER.test(String(operand)) && Number.isFinite(Number(operand))
/** Operators by which a number in an object is compared as a number: 19.9 is 19.90, and 16 is more than 9. */
const NUMERIC = [...Object.keys(COMPARISONS), '$in', '$nin']

/** Digits as they were written, since a double could not tell 9007199254740993; an exponent as far as a double goes. */
const decimal = (operand: unknown) => (/e/i.test(String(operand)) ? String(Number(operand)) : String(operand))

/** The operand's numbers, in decimal; undefined where it has none. Null stays in a list. */
const numbersOf = (operator: string, operand: unknown): unknown => {
  if (!NUMERIC.includes(operator)) return undefined
  if (!Array.isArray(operand)) return isNumber(operand) ? decimal(operand) : undefined

  return operand.some(isNumber)
    ? operand
        .filter((item) => item === null || isNumber(item))
        .map((item) => (item === null ? null : decimal(item)))
    : undefined
}

/** A value in an object compares as text, unless both it and the operand are numbers. */
const pathTerm = ({ column, path }: JsonPath, value: unknown, binder: Binder): string => {
  const at = `${binder.bind(path)}::text[]`
  const [json, text] = [`(${quote(column)} #> ${at})`, `(${quote(column)} #>> ${at})`]

  return operatorsOf(value)
    .map(([operator, operand]) => {
      const asText = isNull(text, operator, operand) ?? compare(text, operator, operand, 'text', binder)
      const numbers = numbersOf(operator, operand)
      if (numbers === undefined) return asText
      const asNumber = compare(`${json}::numeric`, operator, numbers, 'numeric(12,2)', binder)

      return `case when jsonb_typeof${json} = 'number' then ${asNumber} else ${asText} end`
    })
    .join(' and ')
}

const term = (key: string, value: unknown, types: ColumnTypes, binder: Binder): string => {
  const path = parseJsonPath(key)
  if (path) return pathTerm(path, value, binder)
  const column = quote(key)

  return operatorsOf(value)
    .map(
      ([operator, operand]) =>
        isNull(column, operator, operand) ?? compare(column, operator, operand, types.get(key), binder)
    )
    .join(' and ')
}

const alternatives = (
  queries: readonly Terms[],
  joiner: ' or ' | ' and ',
  types: ColumnTypes,
  binder: Binder
): string =>
  queries.length === 0
    ? joiner === ' or ' ? 'false' : 'true' // prettier-ignore
    : `(${queries.map((query) => conditions(query, types, binder) || 'true').join(joiner)})`

/** A Feathers query → the text behind WHERE, '' where it asks nothing. Keys must be known columns: nothing else is quoted into SQL. */
export const conditions = (query: Terms, types: ColumnTypes, binder: Binder): string =>
  Object.entries(query)
    .filter(([key]) => !FILTERS.has(key))
    .map(([key, value]) => {
      if (key === '$or') return alternatives(value as Terms[], ' or ', types, binder)
      if (key === '$search') return searchCondition(value as Search, (operand) => binder.bind(operand))
      if (key === '$and') return alternatives(value as Terms[], ' and ', types, binder)

      return term(key, value, types, binder)
    })
    .filter(Boolean)
    .join(' and ')

const FILTERS = new Set(['$limit', '$skip', '$sort', '$select', '$rank'])

export const where = (query: Terms, types: ColumnTypes, binder: Binder): string => {
  const sql = conditions(query, types, binder)
  return sql ? ` where ${sql}` : ''
}
