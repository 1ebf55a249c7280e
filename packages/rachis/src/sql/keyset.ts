import { TEXT } from '../declare/column-types'
import type { Column, Masks, RowPredicate, Scalar } from '../declare/predicate'
import { and, column, compare, FALSE, isIn, isNotTrue, isNull, not, or, TRUE } from '../declare/predicate'
import type { Joined } from './joined'
import type { Selection, Sort } from './order-by'
import { lastDirection } from './order-by'
import type { Target } from './target'

/** What a list is sorted by, one column after the other, down to the id. */
export interface OrderKey {
  /** By which the order names it. */
  readonly name: string
  /** The column that is compared: that of a related record has another name in a statement. */
  readonly of: Column
  readonly direction: 1 | -1
  readonly isNullable: boolean
  /** Declared words, whose order is the declared one. */
  readonly words?: readonly string[]
  /** The records of which the reader sees the column; of the others it counts as NULL. */
  readonly mask: RowPredicate
  /** Whether it is the value of a related record. */
  readonly isJoined: boolean
}
/** The value of a record in one of these columns, as its reader sees it. */
export type KeyValue = Scalar | null

/** A place in an order: behind a record with these values, or at it. */
export interface Place {
  readonly values: readonly KeyValue[]
  /** Whether the record itself counts as behind the place. */
  readonly isInclusive: boolean
}

/** What a key compares. */
type Compared = Omit<OrderKey, 'name' | 'direction'>

const ownKey = ({ id, types, present, enums }: Target, name: string, masks: Masks | undefined): Compared => {
  const mask = masks?.get(name) ?? TRUE

  return {
    of: column(name, types.get(name) ?? TEXT.name),
    isNullable: mask.kind !== 'true' || !(name === id || present?.has(name)),
    words: enums?.get(name),
    mask,
    isJoined: false
  }
}

/** What is hidden of related records is NULL already where they are joined. */
const joinedKey = ({ as, type, words }: Joined): Compared => ({
  of: column(as, type),
  isNullable: true,
  words,
  mask: TRUE,
  isJoined: true
})

/**
 * The keys of an order. Behind the id nothing decides any more.
 *
 * @example orderKeys(articles, { sort: { price: -1 } }).map(({ name }) => name) // ['price', 'id']
 */
export const orderKeys = (
  target: Target,
  { sort = {}, masks, joined }: Pick<Selection, 'sort' | 'masks' | 'joined'>
): OrderKey[] => {
  const { id } = target
  const names = Object.keys(sort)
  const decisive = names.includes(id) ? names.slice(0, names.indexOf(id) + 1) : [...names, id]

  return decisive.map((name) => {
    const other = joined?.get(name)
    const compared = other ? joinedKey(other) : ownKey(target, name, masks)

    return { ...compared, name, direction: sort[name] ?? lastDirection(sort) }
  })
}

/** The same order backwards: PostgreSQL puts NULL last upwards and first downwards, so that this is its exact opposite. */
export const reversed = (keys: readonly OrderKey[]): OrderKey[] =>
  keys.map((key) => ({ ...key, direction: key.direction === 1 ? -1 : 1 }))

/** The keys as a statement sorts by them. */
export const sortOf = (keys: readonly OrderKey[]): Sort =>
  Object.fromEntries(keys.map(({ name, direction }) => [name, direction]))

const isAbsent = ({ of, mask }: OrderKey) => or([isNotTrue(mask), isNull(of)])
const isThere = ({ of, mask, isNullable }: OrderKey) => (isNullable ? and([mask, not(isNull(of))]) : TRUE)

/** The words that come later in the direction. */
const laterWords = ({ words = [], direction }: OrderKey, value: Scalar): readonly string[] => {
  const index = words.indexOf(String(value))
  return direction === 1 ? words.slice(index + 1) : words.slice(0, index)
}

const beyond = (key: OrderKey, value: Scalar): RowPredicate =>
  key.words ? isIn(key.of, laterWords(key, value)) : compare(key.of, key.direction === 1 ? '>' : '<', value)

const isSame = (key: OrderKey, value: KeyValue): RowPredicate =>
  value === null ? isAbsent(key) : and([key.mask, compare(key.of, '=', value)])

/** The records behind a value, in parts each of which is one range of an index: NULL is the greatest. */
const partsBehind = (key: OrderKey, value: KeyValue): RowPredicate[] => {
  if (value === null) return key.direction === 1 ? [] : [isThere(key)]
  const values = and([key.mask, beyond(key, value)])

  return key.isNullable && key.direction === 1 ? [values, isAbsent(key)] : [values]
}

/** The same as one range with the value itself; undefined where that is no range. */
const rangeFrom = (key: OrderKey, value: KeyValue): RowPredicate | undefined => {
  const isPlain = value !== null && !key.words && key.mask.kind === 'true'
  if (!isPlain || (key.isNullable && key.direction === 1)) return undefined

  return compare(key.of, key.direction === 1 ? '>=' : '<=', value)
}

/**
 * `price >= 5 and (price > 5 or id > 7)`: an index finds where the range begins. Of `price > 5 or (price = 5 and id > 7)`, which means the
 * same, PostgreSQL would read the index from its beginning on.
 */
const behind = ([key, ...rest]: readonly OrderKey[], { values, isInclusive }: Place): RowPredicate => {
  if (!key) return isInclusive ? TRUE : FALSE
  const [value = null, ...others] = values
  const further = or(partsBehind(key, value))
  const deeper = behind(rest, { values: others, isInclusive })
  if (deeper.kind === 'false') return further
  const range = rangeFrom(key, value)

  return range ? and([range, or([further, deeper])]) : or([further, and([isSame(key, value), deeper])])
}

/**
 * The records behind a place, as conditions of which each is one range of an index and no record meets two, in their order: those that
 * share the value of the first column with the place, those with another value, and those without one. Of an order that no index has, by
 * declared words, a column that is hidden in some records or that of a related record, it is one condition.
 *
 * @example segmentsBehind(orderKeys(articles, { sort: { price: 1 } }), { values: [5, 7], isInclusive: false })
 * // [price = 5 and id > 7, price > 5]
 */
export const segmentsBehind = (keys: readonly OrderKey[], place: Place): RowPredicate[] => {
  const [first, ...rest] = keys
  const isIndexed = first && !first.words && !first.isJoined && first.mask.kind === 'true'
  if (!isIndexed || rest.length === 0) return [behind(keys, place)]
  const [value = null, ...values] = place.values

  return [and([isSame(first, value), behind(rest, { ...place, values })]), ...partsBehind(first, value)]
}
