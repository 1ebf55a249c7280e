import { decimalOf, isNumber } from '../declare/decimal'
import type { Compare, In, JsonPath, Leaf, RowPredicate, ThroughRelation } from '../declare/predicate'
import { quote } from '../util/quote'
import type { Binder } from './binder'
import { wideType } from './binder'
import { searchCondition } from './search'

export { Binder, wideType } from './binder'
export type { ColumnTypes, Statement } from './binder'

/** A test of one value, which stands in a column or inside an object. */
type ValueTest = Exclude<Leaf<never>, { kind: 'search' | 'through-relation' }>

interface Value {
  /** SQL of the value. */
  readonly sql: string
  /** The SQL type of an operand. */
  readonly cast: string
}

/** A test of a value, or its opposite. An opposite is written as an operator where there is one, so that an index still serves. */
const valueTest = (test: ValueTest, isNot: boolean, { sql, cast }: Value, binder: Binder): string => {
  switch (test.kind) {
    case 'compare': {
      const compared = `${sql} ${test.comparison} ${binder.bind(test.operand)}::${cast}`
      return isNot ? `not (${compared})` : compared
    }
    case 'in':
      return `${sql} ${isNot ? '<> all' : '= any'}(${binder.bind(test.values)}::${cast}[])`
    case 'like':
      return `${sql} ${isNot ? 'not ' : ''}ilike ${binder.bind(test.pattern)}`
    case 'is-null':
      return `${sql} is ${isNot ? 'not ' : ''}null`
    case 'contains': {
      const contained = `${sql} @> ${binder.bind(test.values)}::${cast}`
      return isNot ? `not (${contained})` : contained
    }
    default:
      return test satisfies never
  }
}

/** The same test of the numbers in its operand, in decimal; undefined where it has none. */
const numericTest = (test: ValueTest): Compare<never> | In<never> | undefined => {
  if (test.kind === 'compare')
    return isNumber(test.operand) ? { ...test, operand: decimalOf(test.operand) } : undefined
  if (test.kind !== 'in' || !test.values.some(isNumber)) return undefined

  return { ...test, values: test.values.filter(isNumber).map(decimalOf) }
}

/** A value in an object compares as text, unless both it and the operand are numbers: 19.9 is 19.90, and 16 is more than 9. */
const pathTest = (test: ValueTest, isNot: boolean, { column, path }: JsonPath, binder: Binder): string => {
  const at = `${binder.bind(path)}::text[]`
  const [json, text] = [`(${quote(column)} #> ${at})`, `(${quote(column)} #>> ${at})`]
  const asText = valueTest(test, isNot, { sql: text, cast: 'text' }, binder)
  const numeric = numericTest(test)
  if (!numeric) return asText
  const asNumber = valueTest(numeric, isNot, { sql: `${json}::numeric`, cast: 'numeric' }, binder)

  return `case when jsonb_typeof${json} = 'number' then ${asNumber} else ${asText} end`
}

/**
 * Rows of another table that a key refers to, or that refer to this one: a semi-join, so that none is found twice. There is such a
 * record or there is none: where IN knows neither, since the key is NULL, the opposite holds.
 */
const relationTest = ({ of, resource, by, where: asked }: ThroughRelation<never>, isNot: boolean, binder: Binder) => {
  const related = `${quote(of.name)} in (select ${quote(by)} from ${quote(resource)}${where(asked, binder)})`

  return isNot ? `not coalesce(${related}, false)` : related
} // prettier-ignore

const leafSql = (leaf: Leaf<never>, isNot: boolean, binder: Binder): string => {
  if (leaf.kind === 'through-relation') return relationTest(leaf, isNot, binder)
  if (leaf.kind === 'search') {
    const found = searchCondition(leaf, (value) => binder.bind(value))
    return isNot ? `not (${found})` : found
  }
  const { of } = leaf

  return of.kind === 'json-path'
    ? pathTest(leaf, isNot, of, binder)
    : valueTest(leaf, isNot, { sql: quote(of.name), cast: wideType(of.type) }, binder)
}

/**
 * A predicate as the text of a condition. Its columns must be known: nothing else is quoted into SQL.
 *
 * @example predicateSql(and([compare(price, '>=', 1), isNull(at)]), binder) // '"price" >= $1::numeric and "at" is null'
 */
export const predicateSql = (predicate: RowPredicate, binder: Binder): string => {
  switch (predicate.kind) {
    case 'true':
    case 'false':
      return predicate.kind
    case 'and':
      return predicate.all.map((part) => predicateSql(part, binder)).join(' and ')
    case 'or':
      return `(${predicate.any.map((part) => predicateSql(part, binder)).join(' or ')})`
    case 'not':
      return leafSql(predicate.test, true, binder)
    default:
      return leafSql(predicate, false, binder)
  }
}

/** SQL of a column in the records of which a condition holds; NULL in the others. */
export const shownColumn = (name: string, mask: RowPredicate, binder: Binder): string =>
  mask.kind === 'true' ? quote(name) : `case when ${predicateSql(mask, binder)} then ${quote(name)} end`

/** ` where …`, or nothing where everything is asked for. */
export const where = (predicate: RowPredicate, binder: Binder): string =>
  predicate.kind === 'true' ? '' : ` where ${predicateSql(predicate, binder)}`
