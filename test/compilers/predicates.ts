import type { AnyRule, ColumnType, FieldInfo, Terms } from '../../packages/rachis/src/declare'
import type { Predicate, RowPredicate } from '../../packages/rachis/src/declare/predicate'
import { and, FALSE, predicateOfRule, TRUE } from '../../packages/rachis/src/declare/predicate'
import type { Selection, Sort } from '../../packages/rachis/src/sql/order-by'
import { predicateOfQuery } from '../../packages/rachis/src/sql/feathers-query'
import type { Searched } from '../../packages/rachis/src/sql/search'
import { searchedFor } from '../../packages/rachis/src/sql/search'

type Types = ReadonlyMap<string, ColumnType>

export const typesOf = (fields: ReadonlyMap<string, FieldInfo>): Types =>
  new Map([...fields.values()].map(({ name, type }) => [name, type]))

/** A query as people write it, as the predicate that it means. `false` is what holds for nothing. */
export const queried = (query: Terms | false, types: Types = new Map()): RowPredicate =>
  query === false ? FALSE : predicateOfQuery(query, types)

/** A rule as declarations write it, as the predicate that it means. */
export const ruled = (rule: AnyRule | undefined, fields?: ReadonlyMap<string, FieldInfo>): Predicate =>
  predicateOfRule(rule, {
    typeOf: (name) => fields?.get(name)?.type,
    parentOf: () => ({ resource: 'parents', where: TRUE })
  })

/** A predicate without the order of what must hold together, which means nothing. */
export const unordered = (predicate: Predicate): unknown => {
  if (predicate.kind === 'or') return { ...predicate, any: predicate.any.map(unordered) }
  if (predicate.kind !== 'and') return predicate

  return { ...predicate, all: predicate.all.map((part) => JSON.stringify(unordered(part))).sort() }
}

/** What a list is asked for, as a Feathers query writes it. */
export const selected = (query: Terms, types: Types): Selection => {
  const { $sort, $limit, $skip, $rank, $search, ...terms } = query as {
    $sort?: Sort
    $limit?: number
    $skip?: number
    $rank?: Searched
    $search?: Searched
  }
  const found = $search ? [searchedFor($search)] : []

  return {
    where: and([...found, queried(terms, types)]),
    sort: $sort,
    limit: $limit,
    skip: $skip,
    rank: $rank
  }
}
