import type { Model } from '../model/model'
import { namer, pascal, recordName } from '../openapi/openapi-document'

/** The names of the types that are made of one resource. */
export interface ResourceNames {
  readonly record: string
  readonly connection: string
  readonly edge: string
  readonly filter: string
  readonly sort: string
  readonly sortField: string
  readonly event: string
}

/** Hands out names of types, each once. */
export type Named = (wanted: string) => string

/** Names that no resource can take. */
const RESERVED = [
  ...['Query', 'Mutation', 'Subscription', 'PageInfo', 'SortDirection', 'JsonPathFilter'],
  ...['Boolean', 'Float', 'Int', 'String', 'ID', 'SafeInt', 'JSON', 'DateTime', 'Date', 'UUID']
]

export const typeNamer = (): Named => namer(RESERVED)

/** The names of a resource's types, the same as in the OpenAPI document where it has them: `tasks` → `Task`. */
export const namesOf = ({ name }: Model, named: Named): ResourceNames => {
  const record = named(recordName(name))
  const derived = (ending: string) => named(`${record}${ending}`)

  return {
    record,
    connection: derived('Connection'),
    edge: derived('Edge'),
    filter: derived('Filter'),
    sort: derived('Sort'),
    sortField: derived('SortField'),
    event: derived('Event')
  }
}

const NAME = /^[_A-Za-z]\w*$/
const LITERALS = ['true', 'false', 'null']

/** Whether GraphQL can name a field or a value so; names that begin with two underscores are its own. */
export const isName = (text: string): boolean => NAME.test(text) && !text.startsWith('__')

/** Whether all words can be the values of an enumeration. */
export const areValues = (words: readonly unknown[]): words is readonly string[] =>
  words.length > 0 &&
  words.every((word) => typeof word === 'string' && isName(word) && !LITERALS.includes(word))

/**
 * A name of JSON as one of GraphQL.
 *
 * @example [nameOf('created_at.day'), nameOf('*')] // ['created_at_day', 'all']
 */
export const nameOf = (text: string): string => {
  const name = text === '*' ? 'all' : text.replace(/\W/g, '_')

  return isName(name) ? name : `_${name.replace(/^_+/, '')}`
}

export { pascal }
