import { Type } from '@feathersjs/typebox'
import type { FieldInfo } from '../declare'
import { parameterInfo } from '../declare'
import type { Unit } from '../declare/column-types'
import { hasBounds, isNumber, isScalar, NUMERIC, typeInfo } from '../declare/column-types'
import { GROUPS } from '../model/aggregate'
import type { AggregateFunction, GroupKey, GroupValue } from '../sql/groups'
import { FUNCTIONS } from '../sql/groups'
import { similar } from '../util/similar'
import type { Scope } from './query-scope'
import { badQuery } from './query-scope'

/** A column of groups, with its name in queries and answers, and with the field that values of it are read by. */
type Named<Column> = Column & { readonly name: string; readonly field: FieldInfo }
export type NamedKey = Named<GroupKey>
export type NamedValue = Named<GroupValue>

/** Which fields a function takes. */
const TAKES: Readonly<Record<AggregateFunction, (field: FieldInfo) => boolean>> = {
  count: () => true,
  sum: isNumber,
  avg: isNumber,
  min: hasBounds,
  max: hasBounds
}

const isFunction = (name: string): name is AggregateFunction =>
  (FUNCTIONS as readonly string[]).includes(name)

/** What a function answers, as a field. */
const resultField = (name: string, asked: AggregateFunction, field?: FieldInfo): FieldInfo => {
  if (asked === 'count') return parameterInfo(name, Type.Integer())!
  if (asked === 'sum' || asked === 'avg')
    return { ...parameterInfo(name, Type.Number({ column: NUMERIC.name }))!, nullable: true }

  return { ...field!, name, nullable: true }
}

const unitsOf = ({ type }: FieldInfo): readonly Unit[] => typeInfo(type).buckets?.units ?? []

/** The columns of the groups of one query: what it groups by, and what it asks of the groups, also to sort or choose them by. */
export class GroupColumns {
  readonly keys: readonly NamedKey[]
  private readonly known = new Map<string, NamedValue>()

  constructor(
    private readonly scope: Scope,
    groupedBy: readonly string[]
  ) {
    if (groupedBy.length > GROUPS.keys) throw badQuery('group', `Group by at most ${GROUPS.keys} fields`)
    this.keys = groupedBy.map((name, index) => this.keyOf(name, `k${index}`))
  }

  get values(): readonly NamedValue[] {
    return [...this.known.values()]
  }

  /**
   * A value of the groups, by the function and the field; `*` are the records themselves.
   *
   * @throws {ApiError} BAD_QUERY for a field that is not known or that the function does not take, and for too many values
   * @throws {ApiError} FORBIDDEN for a field that the reader may not read
   */
  value(asked: AggregateFunction, of: string): NamedValue {
    const name = `${asked}.${of}`
    const known = this.known.get(name) ?? this.valueOf(name, asked, of)
    this.known.set(name, known)
    if (this.known.size > GROUPS.values)
      throw badQuery(asked, `Ask for at most ${GROUPS.values} values of a group`)

    return known
  }

  /** What is grouped by, or a value, by the name that `sort` and `having` call it: `status`, `count`, `sum.total`. */
  find(name: string): NamedKey | NamedValue {
    const key = this.keys.find((one) => one.name === name)
    if (key) return key
    const [asked = '', ...of] = name.split('.')
    if (!isFunction(asked) || (of.length === 0 && asked !== 'count'))
      throw badQuery(name, `${name} is neither grouped by nor a value of the groups`, this.hint(name))

    return this.value(asked, of.length === 0 ? '*' : of.join('.'))
  }

  private hint(name: string): string {
    const known = [...this.keys, ...this.values].map((one) => one.name.replace('.*', ''))
    const near = similar(name, [...known, 'count'])

    return near ? `Did you mean ${near}?` : `Write one of ${[...new Set([...known, 'count'])].join(', ')}, or another value such as sum.price` // prettier-ignore
  }

  private keyOf(name: string, alias: string): NamedKey {
    const [column = '', ...rest] = name.split('.')
    const field = this.scope.field(column)
    const unit = rest.length > 0 ? this.unitOf(field, rest.join('.')) : undefined
    if (!isScalar(field))
      throw badQuery(column, `${column} cannot be grouped by`, `group takes: ${this.names(isScalar)}`) // prettier-ignore

    return { name, alias, column, unit, type: field.type, words: field.enum, field: { ...field, name } }
  }

  private unitOf(field: FieldInfo, unit: string): Unit {
    const units = unitsOf(field)
    const found = units.find((one) => one === unit)
    if (found) return found
    const near = similar(unit, units)
    const used = near ?? units.join(', ')
    const hint = units.length === 0 ? `Times are: ${this.names((one) => unitsOf(one).length > 0)}` : near ? `Did you mean ${field.name}.${near}?` : `Write ${field.name}. and one of ${used}` // prettier-ignore
    throw badQuery(field.name, `${field.name} is not grouped by ${unit.slice(0, 20)}`, hint)
  }

  private valueOf(name: string, asked: AggregateFunction, of: string): NamedValue {
    const alias = `v${this.known.size}`
    if (asked === 'count' && of === '*') {
      const field = resultField(name, asked)
      return { name, alias, function: asked, type: field.type, field }
    }
    const of_ = this.scope.field(of)
    if (!TAKES[asked](of_))
      throw badQuery(of, `There is no ${asked} of ${of}`, `${asked} takes: ${this.names(TAKES[asked])}`)
    const field = resultField(name, asked, of_)
    const words = asked === 'min' || asked === 'max' ? of_.enum : undefined

    return { name, alias, function: asked, column: of, type: field.type, words, field }
  }

  /** Of the fields that the reader may read. */
  private names(takes: (field: FieldInfo) => boolean): string {
    const { readable, model } = this.scope
    return readable.filter((name) => takes(model.fields.get(name)!)).join(', ') || 'none'
  }
}
