import type { FieldInfo, Terms } from '../resource'
import type { ErrorDetail } from '../errors'
import { ApiError, invalid } from '../errors'
import type { Model } from './model'
import { readValue } from './values'

/** A query understood: typed, checked, in one form, whichever spelling it came in. */
export interface ParsedQuery {
  readonly where: Terms
  readonly sort?: Readonly<Record<string, 1 | -1>>
  readonly select?: readonly string[]
  readonly limit: number
  readonly skip: number
  /** Set where the client asked by page: it is answered by page too. */
  readonly page?: number
}
type Raw = Readonly<Record<string, unknown>>

const MAX_VALUES = 1000
const MAX_TERMS = 100
const MAX_DEPTH = 5
const ORDERED = new Set(['bigint', 'integer', 'double precision', 'numeric(12,2)', 'text', 'date', 'timestamptz(3)'])
const COMPARISONS = ['$lt', '$lte', '$gt', '$gte']
const LISTS = ['$in', '$nin']
export const PARAMETERS = [
  'limit', 'skip', 'page', 'page_size', 'sort', 'fields', '$limit', '$skip', '$sort', '$select'
] as const // prettier-ignore

const unknown = (field: string, message: string) => new ApiError('BAD_QUERY', { field, message })
const isObject = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value)
const wrong = (detail: ErrorDetail) => invalid([detail])

/** The operators that a column takes, `$eq` left out. */
export const operatorsFor = ({ type, nullable, enum: options }: FieldInfo): string[] => {
  if (type === 'text[]') return ['$contains', ...(nullable ? ['$null'] : [])]
  if (type === 'jsonb') return nullable ? ['$null'] : []

  return [
    '$ne',
    ...LISTS,
    ...(ORDERED.has(type) && !options ? COMPARISONS : []),
    ...(type === 'text' && !options ? ['$ilike'] : []),
    ...(nullable ? ['$null'] : [])
  ]
}

/** Reads one query for one reader. A class only to carry the three things that every step needs. */
class QueryReader {
  private terms = 0
  constructor(
    private readonly model: Model,
    private readonly readable: ReadonlySet<string>
  ) {}

  /** The field of this name, if the reader may know its values; else the query is refused, not ignored. */
  field(name: string): FieldInfo {
    const field = this.model.fields.get(name)
    if (!field || field.hidden) throw unknown(name, `${name} is not a field of ${this.model.name}${this.hint(name)}`)
    if (!this.readable.has(name)) throw new ApiError('FORBIDDEN', { field: name, message: `You may not query ${name}` })

    return field
  }

  private hint(name: string): string {
    const near = [...this.readable, ...PARAMETERS].find((known) => distance(known, name) <= 2)
    return near ? `; did you mean ${near}?` : ''
  }

  filter(raw: Raw, depth = 0): Terms {
    if (depth > MAX_DEPTH) throw unknown('$or', `$or and $and nest at most ${MAX_DEPTH} deep`)

    return Object.assign({}, ...merge(Object.entries(raw).map(([key, value]) => this.term(key, value, depth))))
  }

  private term(key: string, value: unknown, depth: number): [string, unknown] {
    if (++this.terms > MAX_TERMS) throw unknown(key, `A query has at most ${MAX_TERMS} terms`)
    if (key === '$or' || key === '$and') return [key, this.alternatives(key, value, depth)]
    if (key.startsWith('$')) throw unknown(key, `${key} is not a query parameter`)
    const range = this.range(key)
    if (range) return [range.field.name, { [range.operator]: this.value(range.field, value) }]
    if (key.includes('.')) return this.path(key, value)
    const field = this.field(key)

    return [key, isObject(value) ? this.operators(field, value) : this.equality(field, value)]
  }

  private alternatives(key: string, value: unknown, depth: number): Terms[] {
    if (!Array.isArray(value) || value.length === 0) throw unknown(key, `${key} takes a list of queries`)

    return value.map((part) => {
      if (!isObject(part)) throw unknown(key, `${key} takes a list of queries`)
      return this.filter(part, depth + 1)
    })
  }

  /** `min_price` and `max_price`, where no field has that name itself. */
  private range(key: string) {
    const [, bound, name] = /^(min|max)_(.+)$/.exec(key) ?? []
    if (!name || this.model.fields.has(key) || !this.model.fields.has(name)) return undefined
    const field = this.field(name)
    if (!operatorsFor(field).includes('$gte')) throw unknown(key, `${name} has no order`)

    return { field, operator: bound === 'min' ? '$gte' : '$lte' }
  }

  private path(key: string, value: unknown): [string, unknown] {
    const [column, ...path] = key.split('.')
    const field = this.field(column!)
    if (field.type !== 'jsonb') throw unknown(key, `${column} is not an object`)
    if (path.some((step) => !/^[\w-]{1,100}$/.test(step)) || path.length > 10) throw unknown(key, `${key} is not a path`)
    const asText = { ...field, name: key, type: 'text', nullable: true, enum: undefined } as FieldInfo
    const text = (raw: unknown) => (typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : raw)
    const texts = (raw: unknown) => (Array.isArray(raw) ? raw.map(text) : text(raw))

    return isObject(value)
      ? [key, this.operators(asText, Object.fromEntries(Object.entries(value).map(([op, raw]) => [op, op === '$null' ? raw : texts(raw)])))]
      : [key, this.equality(asText, texts(value))]
  }

  private equality(field: FieldInfo, value: unknown): unknown {
    if (field.type === 'jsonb') throw unknown(field.name, `Filter ${field.name} by a path, such as ${field.name}.color=red`)
    if (field.type === 'text[]') throw unknown(field.name, `Filter ${field.name} by ${field.name}[$contains]=…`)
    if (Array.isArray(value)) return { $in: this.list(field, value) }
    // A comma separates values of a kind that cannot hold one; in a free text it is a comma.
    const isList = typeof value === 'string' && value.includes(',') && (field.type !== 'text' || field.enum)

    return isList ? { $in: this.list(field, (value as string).split(',')) } : this.value(field, value)
  }

  private operators(field: FieldInfo, value: Raw): Terms {
    const allowed = operatorsFor(field)
    const entries = Object.entries(value)
    if (entries.length === 0) throw unknown(field.name, `${field.name} is compared with nothing`)

    return Object.fromEntries(
      entries.map(([operator, operand]) => {
        if (!allowed.includes(operator)) throw unknown(field.name, `${field.name} has no operator ${operator}; it has ${allowed.join(', ') || 'none'}`)
        return [operator, this.operand(field, operator, operand)]
      })
    )
  }

  private operand(field: FieldInfo, operator: string, operand: unknown): unknown {
    if (LISTS.includes(operator)) return this.list(field, typeof operand === 'string' ? operand.split(',') : operand)
    if (operator === '$null') return readValue({ ...field, type: 'boolean' }, operand)
    if (operator === '$contains') return this.list({ ...field, type: 'text' }, [operand].flat())
    const value = this.value({ ...field, normalize: operator === '$ilike' ? undefined : field.normalize }, operand)
    if (value === null && operator !== '$ne') throw wrong({ field: field.name, message: `${operator} takes no null`, rule: 'type' })

    return value
  }

  private list(field: FieldInfo, value: unknown): unknown[] {
    if (!Array.isArray(value)) throw wrong({ field: field.name, message: 'must be a list', rule: 'type', expected: 'array' })
    if (value.length > MAX_VALUES) {
      throw wrong({ field: field.name, message: `must list at most ${MAX_VALUES} values`, rule: 'maxItems', expected: MAX_VALUES, provided: value.length })
    }

    return value.map((item) => this.value(field, item))
  }

  private value(field: FieldInfo, value: unknown): unknown {
    return readValue(field, value)
  }

  sort(raw: unknown): Record<string, 1 | -1> {
    const entries = typeof raw === 'string' ? raw.split(',').map(parseSort) : isObject(raw) ? Object.entries(raw) : undefined
    if (!entries || entries.length > 10) throw unknown('$sort', 'Sort by at most ten fields: sort=-price,name or $sort[price]=-1')

    return Object.fromEntries(entries.map(([name, direction]) => [this.sortable(name), directionOf(name, direction)]))
  }

  private sortable(name: string): string {
    const { type } = this.field(name)
    if (type === 'jsonb' || type === 'text[]') throw unknown(name, `${name} has no order`)

    return name
  }

  select(raw: unknown): string[] {
    const names = typeof raw === 'string' ? raw.split(',') : raw
    if (!Array.isArray(names) || names.some((name) => typeof name !== 'string') || names.length > 200) {
      throw unknown('$select', 'Select fields by fields=name,price or $select[]=name')
    }

    return [...new Set(['id', ...names.map((name: string) => this.field(name).name)])]
  }
}

/** Two terms on one column, such as min_price and max_price, are both kept. */
const merge = (terms: [string, unknown][]): Terms[] => {
  const seen = new Set<string>()
  const [first, again]: [Terms, Terms[]] = [{}, []]
  for (const [key, value] of terms) {
    if (seen.has(key)) again.push({ [key]: value })
    else (first as Record<string, unknown>)[key] = value
    seen.add(key)
  }
  if (again.length === 0) return [first]

  return [{ ...first, $and: [...((first.$and as Terms[]) ?? []), ...again] }]
}

const parseSort = (part: string): [string, number] => (part.startsWith('-') ? [part.slice(1), -1] : [part, 1])

const directionOf = (name: string, value: unknown): 1 | -1 => {
  const direction = Number(value)
  if (direction !== 1 && direction !== -1) throw wrong({ field: name, message: 'must sort by 1 or -1', rule: 'enum', expected: [1, -1] })

  return direction
}

/** Levenshtein's distance, for "did you mean". */
const distance = (a: string, b: string): number => {
  if (Math.abs(a.length - b.length) > 2 || a.length > 64) return 3
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, char] of [...a].entries()) {
    row = row.reduce<number[]>(
      (next, up, j) => [...next, j === 0 ? i + 1 : Math.min(up + 1, next[j - 1]! + 1, row[j - 1]! + (char === b[j - 1] ? 0 : 1))],
      []
    )
  }

  return row[b.length]!
}

const natural = (name: string, value: unknown, minimum: number): number => {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < minimum) {
    throw wrong({ field: name, message: `must be a whole number >= ${minimum}`, rule: 'minimum', expected: minimum, provided: typeof value === 'object' ? undefined : value })
  }

  return number
}

const pick = (raw: Raw, ...names: string[]) => names.map((name) => raw[name]).find((value) => value !== undefined)

/** A limit above the maximum is cut to it, as Feathers clients expect; the answer says which limit held. */
const pageOf = (raw: Raw, { page: limits }: Model): Pick<ParsedQuery, 'limit' | 'skip' | 'page'> => {
  const [limit, skip] = [pick(raw, '$limit', 'limit'), pick(raw, '$skip', 'skip')]
  const { page, page_size } = raw
  if (page === undefined && page_size === undefined) {
    return {
      limit: limit === undefined ? limits.default : Math.min(natural('limit', limit, 0), limits.max),
      skip: skip === undefined ? 0 : natural('skip', skip, 0)
    }
  }
  if (limit !== undefined || skip !== undefined) throw unknown('page', 'Ask by page and page_size or by limit and skip, not by both')
  const size = page_size === undefined ? limits.default : Math.min(natural('page_size', page_size, 1), limits.max)
  const number = page === undefined ? 1 : natural('page', page, 1)

  return { limit: size, skip: Math.min((number - 1) * size, Number.MAX_SAFE_INTEGER), page: number }
}

/**
 * A raw query, Feathers' spelling or the friendly one, checked against the fields that this reader may read.
 *
 * @example parseQuery(products, { min_price: '10', sort: '-price' }, readable)
 * // { where: { price: { $gte: 10 } }, sort: { price: -1 }, limit: 50, skip: 0 }
 * @throws BAD_QUERY for what is not known, VALIDATION_ERROR for a value of the wrong type, FORBIDDEN for a hidden field
 */
export const parseQuery = (model: Model, raw: Raw, readable: readonly string[]): ParsedQuery => {
  const reader = new QueryReader(model, new Set(readable))
  const filters = Object.fromEntries(Object.entries(raw).filter(([key]) => !(PARAMETERS as readonly string[]).includes(key)))
  const [sort, select] = [pick(raw, '$sort', 'sort'), pick(raw, '$select', 'fields')]

  return {
    where: reader.filter(filters),
    ...(sort === undefined ? {} : { sort: reader.sort(sort) }),
    ...(select === undefined ? {} : { select: reader.select(select) }),
    ...pageOf(raw, model)
  }
}
