import type { RowPredicate, Search } from '../declare/predicate'
import { and, or, search, TRUE } from '../declare/predicate'
import { quote } from '../util/quote'

/**
 * Columns that PostgreSQL keeps beside those of a declaration with `search`. They begin with an underscore, as no declared
 * field can, so that they have no part in answers, queries and events.
 */
const searchNames = (part?: number) => {
  const suffix = part === undefined ? '' : `_${part}`
  return { vector: `_search${suffix}`, text: `_search_text${suffix}`, suffix }
}

/** A vector of PostgreSQL holds at most a megabyte; a longer text would make the write fail. */
const INDEXED_CHARACTERS = 100_000
/** Characters of each column that are compared. The cost of measuring likeness grows with the text, and users write texts of any length. */
const COMPARED_CHARACTERS = 100

const joined = (expressions: readonly string[]) => expressions.join(` || ' ' || `)
const textOf = (column: string) => `coalesce(${column}, '')`

/**
 * The stored columns that a search reads, by the SQL that each is generated from. PostgreSQL computes them when a row is
 * written, so that no search has to read whole texts.
 *
 * @param columns SQL of the searched columns: quoted names, or the expression of a column that is generated itself
 */
export const searchColumns = (columns: readonly string[], part?: number) => [
  {
    name: searchNames(part).vector,
    type: 'tsvector' as const,
    generated: `to_tsvector('simple', left(lower(${joined(columns.map(textOf))}), ${INDEXED_CHARACTERS}))`
  },
  {
    name: searchNames(part).text,
    type: 'text' as const,
    generated: `lower(${joined(columns.map((column) => `left(${textOf(column)}, ${COMPARED_CHARACTERS})`))})`
  }
]

/** The indexes behind a search: words and their beginnings by the first, misspelt ones by the second. */
export const searchIndexes = (part?: number): { suffix: string; sql: string }[] => {
  const { vector, text, suffix } = searchNames(part)

  return [
    { suffix: `search${suffix}_idx`, sql: `using gin (${quote(vector)})` },
    { suffix: `search${suffix}_trgm_idx`, sql: `using gin (${quote(text)} gin_trgm_ops)` }
  ]
}

/** Each word is a look-up of its own in the index. Those behind the first ten change little in what is found. */
const MAX_WORDS = 10
const SHORT_WORD = /^[a-z0-9]{1,2}$/

const wordsIn = (text: string): string[] => [
  ...new Set((text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, 1000))
].slice(0, MAX_WORDS) // prettier-ignore

/**
 * Every word, and whatever begins with it. One or two letters begin half of all words, and the index would be read for each of
 * those; so they stand for themselves, unless they are the last word, which may still be being typed.
 *
 * @example tsquery('red shoe') // 'red:* & shoe:*'
 * @example tsquery('a red sh') // 'a & red:* & sh:*'
 */
export const tsquery = (text: string): string | undefined => {
  const words = wordsIn(text)
  const last = words.length - 1
  const asked = words.map((word, index) => (index < last && SHORT_WORD.test(word) ? word : `${word}:*`))

  return asked.length === 0 ? undefined : asked.join(' & ')
}

/** Likeness is for a word or three that were mistyped. It is measured row by row, and longer texts share parts with every row. */
const COMPARED = { words: 3, least: 4, most: 40 }

const comparable = (text: string): string | undefined => {
  const words = wordsIn(text)
  const asked = words.join(' ')
  const isShort = words.length <= COMPARED.words && asked.length <= COMPARED.most

  return isShort && asked.length >= COMPARED.least ? asked : undefined
}

/** A part of the searched columns, with the records of which somebody may read it. */
export interface SearchedPart {
  readonly part?: number
  readonly mask: RowPredicate
}
/** What a search asks for: words, and where it is short enough for that, what a misspelt text is like. */
export interface Searched extends Pick<Search, 'words' | 'like'> {
  /** Where it looks; in the columns that every reader reads where it is not said. */
  readonly parts?: readonly SearchedPart[]
}

const OPEN: readonly SearchedPart[] = [{ mask: TRUE }]

/**
 * What a search finds: records of which one part has all that is asked for, among the parts that may be read of the record.
 *
 * @example searchedFor({ words: 'red:*' }) // { kind: 'search', words: 'red:*' }
 */
export const searchedFor = ({ words, like, parts = OPEN }: Searched): RowPredicate =>
  or(parts.map(({ part, mask }) => and([mask, search(words, like, part)])))

/**
 * What somebody typed, as what is searched for; undefined where there is no word in it.
 *
 * @example parseSearchText('Ketle') // { words: 'ketle:*', like: 'ketle' }
 */
export const parseSearchText = (text: string): Searched | undefined => {
  const [words, like] = [tsquery(text), comparable(text)]

  return words === undefined ? undefined : { words, ...(like === undefined ? {} : { like }) }
}

type Bind = (value: unknown) => string
const matches = ({ words, part }: Search, bind: Bind) =>
  `${quote(searchNames(part).vector)} @@ to_tsquery('simple', ${bind(words)})`

/**
 * Likeness stands first, since it reads a short column: PostgreSQL evaluates an OR in its order, and a vector may be long.
 *
 * @see https://www.postgresql.org/docs/current/pgtrgm.html for `<%`, "is similar to a part of"
 */
export const searchCondition = (asked: Search, bind: Bind): string =>
  asked.like === undefined
    ? matches(asked, bind)
    : `(${bind(asked.like)} <% ${quote(searchNames(asked.part).text)} or ${matches(asked, bind)})`

/** So many records are ranked at most: the vector of each has to be read. */
export const RANKED = 5000

const rankOf = ({ words }: Searched, { part }: SearchedPart, bind: Bind): string =>
  `ts_rank(${quote(searchNames(part).vector)}, to_tsquery('simple', ${bind(words)}))`
const likenessOf = ({ like }: Searched, { part }: SearchedPart, bind: Bind): string =>
  like === undefined ? '0' : `word_similarity(${bind(like)}, ${quote(searchNames(part).text)})`

/** The best that any part says of a record, of the parts that may be read of it. */
const bestOf = (
  parts: readonly SearchedPart[],
  measure: (part: SearchedPart) => string,
  test: (mask: RowPredicate) => string
): string => {
  const measured = parts.map((part) =>
    part.mask.kind === 'true' ? measure(part) : `case when ${test(part.mask)} then ${measure(part)} end`
  )

  return measured.length === 1 ? measured[0]! : `greatest(${measured.join(', ')})`
}

/**
 * Best first: by the words found, then by likeness. A search that finds more than `RANKED` records is not ranked: its cost
 * would grow with what is in the table.
 *
 * @param found SQL of a subquery with a row for each record found, without a limit
 * @param test SQL of a condition
 */
export const searchRank = (
  asked: Searched,
  found: string,
  bind: Bind,
  test: (mask: RowPredicate) => string
): string => {
  const { parts = OPEN } = asked
  const isFew = `(select count(*) from (${found} limit ${RANKED + 1}) as found) <= ${RANKED}`
  const rank = bestOf(parts, (part) => rankOf(asked, part, bind), test)
  const likeness = bestOf(parts, (part) => likenessOf(asked, part, bind), test)

  return `case when ${isFew} then array[${rank}, ${likeness}] end desc nulls last`
}
