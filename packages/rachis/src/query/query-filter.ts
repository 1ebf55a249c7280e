import { repeated } from '../errors/errors'
import type { FieldInfo } from '../declare'
import { operatorsFor } from '../declare'
import { BOOLEAN, TEXT, typeInfo } from '../declare/column-types'
import { findOperator, isFreeText } from '../declare/operators'
import type { Column, JsonPath, RowPredicate } from '../declare/predicate'
import { and, column, jsonPath, or, predicateOfTerm, throughRelation } from '../declare/predicate'
import { parseJsonPath } from '../sql/json-path'
import { QueryBudget } from './query-bounds'
import { operatorHint } from './query-synonyms'
import { badQuery, invalidValue } from './query-scope'
import type { Raw, Scope } from './query-scope'
import { readValue, valuesOf } from '../model/values'
import { isObject } from '../util/is-object'

const MAX_DEPTH = 5
/** `price.$gte=10` is `price[$gte]=10` for generated clients, which send no objects in objects. */
const FLAT = /^(.+)\.(\$[a-z]+)$/

const columnOf = ({ name, type }: FieldInfo): Column => column(name, type)

/** A value inside an object compares as text, also where it comes as a number. */
const textOf = (raw: unknown) => (typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : raw)
const texts = (raw: unknown) => (Array.isArray(raw) ? raw.map(textOf) : textOf(raw))
const textOperands = (value: Raw): Raw =>
  Object.fromEntries(
    Object.entries(value).map(([operator, raw]) => [operator, operator === '$null' ? raw : texts(raw)])
  )

/** In the order of their names: the same filters are one statement, whatever order a client sends them in. */
const allOf = (named: readonly (readonly [name: string, predicate: RowPredicate])[]): RowPredicate =>
  and([...named].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, predicate]) => predicate))

/** Reads the filters of one query; those of its relations are read by others that count into the same budget. */
export class FilterReader {
  constructor(
    protected readonly scope: Scope,
    private readonly budget = new QueryBudget()
  ) {}

  filter(raw: Raw, depth = 0): RowPredicate {
    if (depth > MAX_DEPTH) throw badQuery('$or', `$or and $and nest at most ${MAX_DEPTH} deep`)

    return allOf(Object.entries(raw).map(([key, value]) => [key, this.term(key, value, depth)]))
  }

  private term(key: string, value: unknown, depth: number): RowPredicate {
    // The lists themselves compare nothing: their terms are counted.
    if (key === '$or') return or(this.alternatives(key, value, depth))
    if (key === '$and') return and(this.alternatives(key, value, depth))
    this.count(key, 1)
    if (key.startsWith('$'))
      throw badQuery(key, `${key} is not a query parameter`, this.scope.hint(key, 'filter'))
    const flat = FLAT.exec(key)

    return flat ? this.comparison(flat[1]!, { [flat[2]!]: value }, depth) : this.comparison(key, value, depth)
  }

  private count(key: string, terms: number) {
    const problem = this.budget.termProblem(terms)
    if (problem) throw badQuery(key, problem)
  }

  protected comparison(key: string, value: unknown, depth: number): RowPredicate {
    const range = this.range(key)
    if (range) return this.operators(range.field, { [range.operator]: value })
    if (key.includes('.')) return this.related(key, value, depth) ?? this.path(key, value)
    const field = this.scope.field(key, 'filter')

    return isObject(value) ? this.operators(field, value) : this.equality(field, value)
  }

  private alternatives(key: string, value: unknown, depth: number): RowPredicate[] {
    if (!Array.isArray(value) || value.length === 0)
      throw badQuery(key, `${key} takes a list of queries, at least one: ${key}[0][id]=1`)

    return value.map((part) => {
      if (!isObject(part)) throw badQuery(key, `${key} takes a list of queries`)
      return this.filter(part, depth + 1)
    })
  }

  /** `min_price` and `max_price`, where no field has that name itself. */
  private range(key: string) {
    const [, bound, name] = /^(min|max)_(.+)$/.exec(key) ?? []
    if (!name || this.scope.model.fields.has(key) || !this.scope.model.fields.has(name)) return undefined
    const field = this.scope.field(name)
    if (!operatorsFor(field).includes('$gte')) throw badQuery(key, `${name} has no order`)

    return { field, operator: bound === 'min' ? '$gte' : '$lte' }
  }

  /** `store.region=West`: records whose store, among those that the reader may read, is in the west. */
  private related(key: string, value: unknown, depth: number): RowPredicate | undefined {
    const [name = '', ...rest] = key.split('.')
    const followed = this.scope.follow(name)
    if (!followed) return undefined
    const { relation, scope, restrict } = followed
    const asked = new FilterReader(scope, this.budget).filter({ [rest.join('.')]: value }, depth + 1)
    const of = columnOf(this.scope.field(relation.column))

    const found = and([restrict, asked])
    const { resource, by } = relation.through ?? { resource: relation.target, by: relation.by }
    const condition = this.scope.joins(relation, found) ?? found

    return this.scope.masked(of.name, throughRelation({ of, resource: resource.name, by }, condition))
  }

  private path(key: string, value: unknown): RowPredicate {
    const [column] = key.split('.', 1)
    const field = this.scope.field(column!, 'filter')
    if (typeInfo(field.type).shape !== 'object') throw badQuery(key, `${column} is not an object`)
    const parsed = parseJsonPath(key)
    if (!parsed) throw badQuery(key, `${key} is not a path`)
    const asText = { ...field, name: key, type: TEXT.name, nullable: true, enum: undefined } as FieldInfo
    const of = jsonPath(parsed.column, parsed.path)

    return isObject(value)
      ? this.operators(asText, textOperands(value), of)
      : this.equality(asText, texts(value), of)
  }

  protected equality(
    field: FieldInfo,
    value: unknown,
    of: Column | JsonPath = columnOf(field)
  ): RowPredicate {
    const { shape } = typeInfo(field.type)
    if (shape === 'object')
      throw badQuery(field.name, `Filter ${field.name} by a path, such as ${field.name}.color=red`)
    if (shape === 'list') throw badQuery(field.name, `Filter ${field.name} by ${field.name}[$contains]=…`)
    // A comma separates values of a kind that cannot hold one; in a free text it is a comma.
    const isList = typeof value === 'string' && value.includes(',') && !isFreeText(field)

    return isList || Array.isArray(value)
      ? this.test(of, '$in', this.list(field, value))
      : this.test(of, '$eq', this.value(field, value))
  }

  protected operators(field: FieldInfo, value: Raw, of: Column | JsonPath = columnOf(field)): RowPredicate {
    const allowed = operatorsFor(field)
    const entries = Object.entries(value)
    if (entries.length === 0) throw badQuery(field.name, `${field.name} is compared with nothing`)
    this.count(field.name, entries.length - 1)

    return allOf(
      entries.map(([operator, operand]) => {
        if (!allowed.includes(operator))
          throw badQuery(
            field.name,
            `${field.name} has no operator ${repeated(operator)}; it has ${allowed.join(', ') || 'none'}`,
            operatorHint(field.name, operator, allowed)
          )
        return [operator, this.test(of, operator, this.operand(field, operator, operand))]
      })
    )
  }

  protected test(of: Column | JsonPath, operator: string, operand: unknown): RowPredicate {
    const column = of.kind === 'column' ? of.name : of.column
    return this.scope.masked(column, predicateOfTerm(of, operator, operand))
  }

  private operand(field: FieldInfo, operator: string, operand: unknown): unknown {
    switch (findOperator(operator)!.operand) {
      case 'list':
        return this.list(field, operand)
      case 'texts':
        return this.list({ ...field, type: TEXT.name }, operand)
      case 'flag':
        return this.given(operator, { ...field, type: BOOLEAN.name, enum: undefined }, operand)
      case 'pattern':
        return this.pattern(field, operand)
      case 'value':
        return operator === '$ne' ? this.value(field, operand) : this.given(operator, field, operand)
    }
  }

  private given(operator: string, field: FieldInfo, operand: unknown): unknown {
    const value = this.value(field, operand)
    if (value === null)
      throw invalidValue({ field: field.name, message: `${operator} takes no null`, rule: 'type' })

    return value
  }

  private pattern(field: FieldInfo, operand: unknown): unknown {
    const pattern = this.given('$ilike', { ...field, normalize: undefined }, operand)
    // PostgreSQL refuses a pattern that ends in an escape of nothing.
    if (/(^|[^\\])(\\\\)*\\$/.test(pattern as string))
      throw invalidValue({
        field: field.name,
        message: 'must not end in a single backslash',
        rule: 'pattern'
      })

    return pattern
  }

  private list(field: FieldInfo, value: unknown): unknown[] {
    const values = valuesOf(field, value)
    if (!values)
      throw invalidValue({ field: field.name, message: 'must be a list', rule: 'type', expected: 'array' })
    const limit = this.budget.listLimit(values.length)
    if (limit !== undefined) {
      throw invalidValue({
        field: field.name,
        message: `must list at most ${limit} values`,
        rule: 'maxItems',
        expected: limit,
        provided: values.length
      })
    }

    return values.map((item) => this.value(field, item))
  }

  private value(field: FieldInfo, value: unknown): unknown {
    return readValue(field, value)
  }
}

/**
 * The filters of a query, typed and checked, as a predicate.
 *
 * @example parseFilter(scope, { min_price: '10', status: 'a,b' }) // price >= 10 and status in ['a', 'b']
 */
export const parseFilter = (scope: Scope, raw: Raw): RowPredicate => new FilterReader(scope).filter(raw)
