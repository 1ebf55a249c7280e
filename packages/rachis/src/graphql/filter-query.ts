import type { Model } from '../model/model'
import { relationOf } from '../model/models'

type Input = Readonly<Record<string, unknown>>
type Term = readonly [name: string, value: unknown]

/** Equality has no operator in the grammar, and so stands beside the others as a term of its own. */
const comparisons = (name: string, { eq, ...operators }: Input): Term[] => {
  const named = Object.entries(operators).map(([operator, operand]) => [`$${operator}`, operand])

  return [
    ...(eq === undefined ? [] : [[name, eq] as const]),
    ...(named.length > 0 ? [[name, Object.fromEntries(named)] as const] : [])
  ]
}

const pathTerms = (name: string, paths: readonly Input[]): Term[] =>
  paths.flatMap(({ path, ...compared }) => comparisons(`${name}.${String(path)}`, compared))

const termsOf = (model: Model, prefix: string, name: string, value: unknown): Term[] => {
  if (name === 'and' || name === 'or')
    return [[`$${name}`, (value as Input[]).map((part) => query(termsIn(model, part, prefix)))]]
  const target = model.fields.has(name) ? undefined : relationOf(model, name)?.target
  if (target) return termsIn(target, value as Input, `${prefix}${name}.`)

  return Array.isArray(value)
    ? pathTerms(`${prefix}${name}`, value as Input[])
    : comparisons(`${prefix}${name}`, value as Input)
}

/** What is null or empty says nothing. */
const termsIn = (model: Model, filter: Input, prefix = ''): Term[] =>
  Object.entries(filter)
    .filter(([, value]) => value !== undefined && value !== null)
    .flatMap(([name, value]) => termsOf(model, prefix, name, value))

/** Two terms of one name, such as two alternatives, hold both. */
const query = (terms: readonly Term[]): Input => {
  const names = new Set(terms.map(([name]) => name))

  return names.size === terms.length
    ? Object.fromEntries(terms)
    : { $and: terms.map(([name, value]) => ({ [name]: value })) }
}

/**
 * A filter of GraphQL in the grammar of queries.
 *
 * @example filterQuery(tasks, { status: { eq: 'open' }, owner: { name: { ilike: 'a%' } } })
 * // { status: 'open', 'owner.name': { $ilike: 'a%' } }
 */
export const filterQuery = (model: Model, filter: Input): Input => query(termsIn(model, filter))

/**
 * @example sortQuery([{ field: 'price', direction: 'DESC' }, { field: 'id', direction: 'ASC' }]) // ['-price', 'id']
 */
export const sortQuery = (
  sort: readonly { readonly field: string; readonly direction?: string }[]
): string[] => sort.map(({ field, direction }) => (direction === 'DESC' ? `-${field}` : field))
