import type { Model } from '../model'
import { relationOf } from '../models'
import { badQuery } from '../query-parameter'
import type { OldFieldInfo, VersionStep } from './steps'
import { soleField, stepsFrom } from './steps'
import { isObject } from '../../util/is-object'

type Query = Readonly<Record<string, unknown>>

/** A number comes as a text out of a URL. */
const typed = ({ schema }: OldFieldInfo, value: unknown): unknown => {
  const isNumber = schema?.type === 'number' || schema?.type === 'integer'
  return isNumber && typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)) ? Number(value) : value // prettier-ignore
}

/** A value that a field is compared with. What cannot be converted is left as it is: it is refused as any value of another type. */
const presentValue = (field: OldFieldInfo, value: unknown): unknown => {
  const { request } = field
  if (!request || value === null) return value
  if (Array.isArray(value)) return value.map((one) => presentValue(field, one))
  if (typeof value === 'string' && value.includes(','))
    return value.split(',').map((one) => presentValue(field, one))

  try {
    return request(typed(field, value))
  } catch {
    return value
  }
}

const COMPARED = ['$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$in', '$nin']

const presentOperators = (field: OldFieldInfo, value: Query): Query =>
  Object.fromEntries(
    Object.entries(value).map(([operator, operand]) => {
      if (!field.request || operator === '$null') return [operator, operand]
      if (!COMPARED.includes(operator))
        throw badQuery(field.name, `${field.name} has no operator ${operator.slice(0, 50)} in this version`, `Use ${COMPARED.join(', ')}`) // prettier-ignore
      return [operator, presentValue(field, operand)]
    })
  )

/** A field by the name that it has in this version → the field of the next one. */
const fieldIn = (step: VersionStep, name: string, what: string): OldFieldInfo | undefined => {
  const field = step.fields.find((one) => one.name === name)
  if (!field) {
    if (!step.hidden.includes(name)) return undefined
    const old = soleField(step, name)?.name
    throw badQuery(name, `${name} is not a field of version ${step.version}`, old && `Did you mean ${old}?`)
  }
  if (field.from.length > 1) throw badQuery(name, `${name} cannot be used for ${what} in this version`)

  return field
}

/** `price`, `min_price`, `price.$gte` and `price.currency`, apart. */
const NAMED = /^(min_|max_)?(.+?)((?:\.[^.].*)?)$/s

const presentTerm = (step: VersionStep, key: string, value: unknown): [string, unknown] => {
  const known = step.fields.some(({ name }) => name === key)
  const [, bound = '', name = key, rest = ''] = known ? [] : (NAMED.exec(key) ?? [])
  const field = fieldIn(step, name, 'filters')
  if (!field) return [key, value]
  const operator = rest.startsWith('.$') ? rest.slice(1) : undefined
  const converted = operator
    ? presentOperators(field, { [operator]: value })[operator]
    : isObject(value)
      ? presentOperators(field, value)
      : presentValue(field, value)

  return [`${bound}${field.from[0]!}${rest}`, converted]
}

/** The names of a list, which is a text with commas or a list; anything else is refused later. */
const mapNames = (raw: unknown, map: (name: string) => readonly string[]): unknown => {
  if (typeof raw === 'string') return raw.split(',').flatMap(map).join(',')
  if (!Array.isArray(raw)) return raw

  return raw.flatMap((name: unknown) => (typeof name === 'string' ? mapNames(name, map) : [name]))
}

const SORTS = ['sort', '$sort']

/** An order with other names in it, in either spelling. */
const mapSorted = (raw: unknown, present: (name: string) => string): unknown => {
  if (isObject(raw)) return Object.fromEntries(Object.entries(raw).map(([name, one]) => [present(name), one]))

  return mapNames(raw, (name) => (name.startsWith('-') ? [`-${present(name.slice(1))}`] : [present(name)]))
}

const presentSort = (step: VersionStep, raw: unknown): unknown =>
  mapSorted(raw, (name) => fieldIn(step, name, 'sorting')?.from[0] ?? name)

const presentNames = (step: VersionStep, raw: unknown): unknown =>
  mapNames(raw, (name) => {
    const field = step.fields.find((one) => one.name === name)
    if (field) return field.from
    if (step.hidden.includes(name)) throw badQuery(name, `${name} is not a field of version ${step.version}`)

    return [name]
  })

const OTHERS = /^\$?(limit|skip|page|page_size|cursor|after|before|count|search|include|resources)$/
const PARTS: Readonly<Record<string, (step: VersionStep, raw: unknown) => unknown>> = {
  $sort: presentSort,
  sort: presentSort,
  $select: presentNames,
  fields: presentNames
}

const presentFilters = (step: VersionStep, raw: unknown): unknown => {
  if (Array.isArray(raw)) return raw.map((one) => presentFilters(step, one))

  return isObject(raw) ? stepForward(step, raw) : raw
}

const stepForward = (step: VersionStep, query: Query): Query =>
  Object.fromEntries(
    Object.entries(query).map(([key, value]): [string, unknown] => {
      if (PARTS[key] && !step.fields.some(({ name }) => name === key)) return [key, PARTS[key](step, value)]
      if (key === '$or' || key === '$and' || key === 'filter') return [key, presentFilters(step, value)]

      return OTHERS.test(key) ? [key, value] : presentTerm(step, key, value)
    })
  )

/** `parent.name`: the relations have the same names in every version, and the field is called as its resource called it. */
const presentPath = (model: Model, version: number, name: string): string => {
  const [head = '', ...rest] = name.split('.')
  const relation = rest.length > 0 ? relationOf(model, head) : undefined
  if (!relation) return name
  const { $sort } = presentQuery(relation.target, version, { $sort: rest.join('.') })

  return `${head}.${String($sort)}`
}

/** Filters that follow a relation are asked of the other resource, by the names that it has in the version. */
const withRelated = (model: Model, version: number, query: Query): Query =>
  Object.fromEntries(
    Object.entries(query).map(([key, value]): [string, unknown] => {
      if (['$or', '$and', 'filter'].includes(key))
        return [key, Array.isArray(value) ? value.map((one: unknown) => (isObject(one) ? withRelated(model, version, one) : one)) : isObject(value) ? withRelated(model, version, value) : value] // prettier-ignore
      if (SORTS.includes(key) && !model.fields.has(key))
        return [key, mapSorted(value, (name) => presentPath(model, version, name))]
      const [head = '', ...rest] = key.split('.')
      const relation = rest.length > 0 ? relationOf(model, head) : undefined
      if (!relation) return [key, value]
      const [[name, asked] = ['', value]] = Object.entries(presentQuery(relation.target, version, { [rest.join('.')]: value })) // prettier-ignore

      return [`${head}.${name}`, asked]
    })
  )

/**
 * A query by the names and values of an older version, in the present ones.
 *
 * @example presentQuery(articles, 1, { name: 'Tea', sort: '-name' }) // { title: 'Tea', sort: '-title' }
 * @throws BAD_QUERY for names that the version does not have
 */
export const presentQuery = (model: Model, version: number, query: Query): Query =>
  stepsFrom(model, version).reduce(
    (asked, step) => stepForward(step, asked),
    withRelated(model, version, query)
  )
