import type { IR } from '@tanstack/db'

type Expression = IR.BasicExpression
type Filter = Readonly<Record<string, unknown>>

/**
 * What the server is asked for in place of an expression of TanStack DB. It finds every record for which the expression may be true; where
 * it finds more (`isExact` is false) the collection's queries leave out the rest, as they ask the expression of each record anyway.
 */
export interface Reading {
  /** Undefined where the expression is true of no record. */
  readonly filter?: Filter
  readonly isExact: boolean
}

/** What items are called on the server. */
export interface ItemNaming {
  /** The column of a field of an item. */
  readonly columnOf: (field: string) => string
  /** A value of an item as the server takes it. */
  readonly valueOf: (field: string, value: unknown) => unknown
}
/** And what the server has said of its columns. */
export interface Naming extends ItemNaming {
  /** Fields whose order only the database knows, such as that of texts: it is not asked for. */
  readonly unordered: ReadonlySet<string>
  /** Columns that are never null, which the server cannot be asked about. */
  readonly neverNull: ReadonlySet<string>
}

const ALL: Reading = { filter: {}, isExact: true }
const NONE: Reading = { isExact: true }
/** Has no reading: whatever it says is left to the queries of the collection. */
const UNKNOWN: Reading = { filter: {}, isExact: false }

const isEmpty = (filter: Filter | undefined) => filter !== undefined && Object.keys(filter).length === 0
const filtersIn = (readings: readonly Reading[]): Filter[] =>
  readings.flatMap(({ filter }) => (filter === undefined || isEmpty(filter) ? [] : [filter]))
const areExact = (readings: readonly Reading[]) => readings.every(({ isExact }) => isExact)

const allOf = (readings: readonly Reading[]): Reading => {
  if (readings.some(({ filter }) => filter === undefined)) return NONE
  const filters = filtersIn(readings)
  const filter = filters.length > 1 ? { $and: filters } : (filters[0] ?? {})

  return { filter, isExact: areExact(readings) }
}

const anyOf = (readings: readonly Reading[]): Reading => {
  const whole = readings.filter(({ filter }) => isEmpty(filter))
  if (whole.length > 0) return { filter: {}, isExact: whole.some(({ isExact }) => isExact) }
  const filters = filtersIn(readings)
  if (filters.length === 0) return NONE
  const filter = filters.length > 1 ? { $or: filters } : filters[0]

  return { filter, isExact: areExact(readings) }
}

const OPERATORS: Readonly<Record<string, string>> = {
  eq: '$eq',
  gt: '$gt',
  gte: '$gte',
  lt: '$lt',
  lte: '$lte'
}
const NEGATED: Readonly<Record<string, string>> = {
  $eq: '$ne',
  $gt: '$lte',
  $gte: '$lt',
  $lt: '$gte',
  $lte: '$gt'
}
/** `5 < age` is `age > 5`. */
const TURNED: Readonly<Record<string, string>> = { gt: 'lt', gte: 'lte', lt: 'gt', lte: 'gte' }

/** Dates are times, which come as texts; whole numbers that a JSON number does not hold are sent as texts. */
export const plain = (value: unknown): unknown => {
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'bigint' ? String(value) : value
}

const isNull = (value: unknown) => value === null || value === undefined
const isScalar = (value: unknown) =>
  typeof value === 'string' ||
  typeof value === 'number' ||
  typeof value === 'boolean' ||
  typeof value === 'bigint' ||
  (value instanceof Date && !Number.isNaN(value.getTime()))

/** The name of a field of the item itself; not what the collection knows of it, such as `$synced`. */
export const fieldOf = (expression: Expression | undefined): string | undefined => {
  if (expression?.type !== 'ref' || expression.path.length !== 1) return undefined
  const [field] = expression.path
  return typeof field === 'string' && !field.startsWith('$') ? field : undefined
}

/** Reads an expression; `isNegated` where it stands within a `not`. Comparisons with null are neither true nor false, as in SQL. */
class Reader {
  constructor(private readonly naming: Naming) {}

  read(expression: Expression, isNegated: boolean): Reading {
    if (expression.type === 'val') return this.constant(expression.value, isNegated)
    if (expression.type === 'ref') return this.test(expression, '$eq', !isNegated)
    const { name, args } = expression
    if (name === 'not') return this.read(args[0]!, !isNegated)
    if (name === 'and' || name === 'or') return this.combination(name, args, isNegated)
    if (name === 'isNull') return this.nullity(args[0], isNegated)
    if (name === 'in') return this.membership(args, isNegated)

    return OPERATORS[name] ? this.comparison(name, args, isNegated) : UNKNOWN
  }

  private constant(value: unknown, isNegated: boolean): Reading {
    return value === !isNegated ? ALL : NONE
  }

  private combination(name: string, args: readonly Expression[], isNegated: boolean): Reading {
    const readings = args.map((arg) => this.read(arg, isNegated))
    return (name === 'and') === isNegated ? anyOf(readings) : allOf(readings)
  }

  private comparison(name: string, [left, right]: readonly Expression[], isNegated: boolean): Reading {
    if (left?.type === 'val' && right?.type === 'ref')
      return this.comparison(TURNED[name] ?? name, [right, left], isNegated)
    if (right?.type !== 'val') return UNKNOWN
    const { value } = right
    if (isNull(value)) return NONE
    if (!isScalar(value) || this.isUnordered(name, left)) return UNKNOWN
    const operator = OPERATORS[name]!

    return this.test(left, isNegated ? NEGATED[operator]! : operator, value)
  }

  private isUnordered(name: string, ref: Expression | undefined): boolean {
    const field = fieldOf(ref)
    return name !== 'eq' && field !== undefined && this.naming.unordered.has(field)
  }

  private membership([item, list]: readonly Expression[], isNegated: boolean): Reading {
    if (item?.type === 'val') return isNegated ? UNKNOWN : this.containing(item.value, list)
    if (list?.type !== 'val' || !Array.isArray(list.value)) return UNKNOWN
    const values = (list.value as unknown[]).filter((value) => !isNull(value))
    if (!values.every(isScalar)) return UNKNOWN
    if (values.length === 0) return isNegated ? UNKNOWN : NONE

    return this.test(item, isNegated ? '$nin' : '$in', values)
  }

  private containing(value: unknown, list: Expression | undefined): Reading {
    return isScalar(value) ? this.test(list, '$contains', value) : UNKNOWN
  }

  private nullity(ref: Expression | undefined, isNegated: boolean): Reading {
    const field = fieldOf(ref)
    if (field === undefined || !this.naming.neverNull.has(this.naming.columnOf(field)))
      return this.test(ref, '$null', !isNegated)

    return isNegated ? ALL : NONE
  }

  private test(ref: Expression | undefined, operator: string, operand: unknown): Reading {
    const field = fieldOf(ref)
    if (field === undefined) return UNKNOWN
    const { columnOf, valueOf } = this.naming
    const send = (value: unknown) => (operator === '$null' ? value : valueOf(field, value))
    const sent = Array.isArray(operand) ? operand.map(send) : send(operand)

    return { filter: { [columnOf(field)]: operator === '$eq' ? sent : { [operator]: sent } }, isExact: true }
  }
}

/**
 * What the server is asked for in place of what a query asks of a collection.
 *
 * @example readWhere(and(gt(age, 30), like(name, 'A%')), naming) // { filter: { age: { $gt: 30 } }, isExact: false }
 */
export const readWhere = (where: Expression | undefined, naming: Naming): Reading =>
  where === undefined ? ALL : new Reader(naming).read(where, false)

/** Fields that are compared with texts by their order. Whether the server does that depends on their columns. */
export const textRangesIn = (where: Expression | undefined): string[] => {
  if (where?.type !== 'func') return []
  const [left, right] = where.args
  const [ref, other] = left?.type === 'ref' ? [left, right] : [right, left]
  const isRange = where.name in TURNED && other?.type === 'val' && typeof other.value === 'string'
  const field = isRange ? fieldOf(ref) : undefined

  return [...(field === undefined ? [] : [field]), ...where.args.flatMap(textRangesIn)]
}
