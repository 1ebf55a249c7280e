import type { Search } from '../declare/predicate'
import { quote } from '../util/quote'

/**
 * Columns that PostgreSQL keeps beside those of a declaration with `search`. They begin with an underscore, as no declared
 * field can, so that they have no part in answers, queries and events.
 */
export const SEARCH_VECTOR = '_search'
export const SEARCH_TEXT = '_search_text'

/** A vector of PostgreSQL holds at most a megabyte; a longer text would make the write fail. */
const INDEXED_CHARACTERS = 100_000
/** Of each column. The cost of measuring likeness grows with the text, and users write texts of any length. */
const COMPARED_CHARACTERS = 100

const joined = (expressions: readonly string[]) => expressions.join(` || ' ' || `)
const textOf = (column: string) => `coalesce(${column}, '')`

/**
 * The stored columns that a search reads, by the SQL that each is generated from. PostgreSQL computes them when a row is
 * written, so that no search has to read whole texts.
 *
 * @param columns SQL of the searched columns: quoted names, or the expression of a column that is generated itself
 */
export const searchColumns = (columns: readonly string[]) => [
  {
    name: SEARCH_VECTOR,
    type: 'tsvector' as const,
    generated: `to_tsvector('simple', left(lower(${joined(columns.map(textOf))}), ${INDEXED_CHARACTERS}))`
  },
  {
    name: SEARCH_TEXT,
    type: 'text' as const,
    generated: `lower(${joined(columns.map((column) => `left(${textOf(column)}, ${COMPARED_CHARACTERS})`))})`
  }
]

/** The indexes behind a search: words and their beginnings by the first, misspelt ones by the second. */
export const SEARCH_INDEXES: readonly { suffix: string; sql: string }[] = [
  { suffix: 'search_idx', sql: `using gin (${quote(SEARCH_VECTOR)})` },
  { suffix: 'search_trgm_idx', sql: `using gin (${quote(SEARCH_TEXT)} gin_trgm_ops)` }
]

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

/** What a search asks for: words, and where it is short enough for that, what a misspelt text is like. */
export type Searched = Pick<Search, 'words' | 'like'>

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
const matches = ({ words }: Searched, bind: Bind) =>
  `${quote(SEARCH_VECTOR)} @@ to_tsquery('simple', ${bind(words)})`

/**
 * Likeness stands first, since it reads a short column: PostgreSQL evaluates an OR in its order, and a vector may be long.
 *
 * @see https://www.postgresql.org/docs/current/pgtrgm.html for `<%`, "is similar to a part of"
 */
export const searchCondition = (search: Searched, bind: Bind): string =>
  search.like === undefined
    ? matches(search, bind)
    : `(${bind(search.like)} <% ${quote(SEARCH_TEXT)} or ${matches(search, bind)})`

/** So many records are ranked at most: the vector of each has to be read. */
export const RANKED = 5000

/**
 * Best first: by the words found, then by likeness. A search that finds more than `RANKED` records is not ranked: its cost
 * would grow with what is in the table.
 *
 * @param found SQL of a subquery with a row for each record found, without a limit
 */
export const searchRank = (search: Searched, found: string, bind: Bind): string => {
  const isFew = `(select count(*) from (${found} limit ${RANKED + 1}) as found) <= ${RANKED}`
  const rank = `ts_rank(${quote(SEARCH_VECTOR)}, to_tsquery('simple', ${bind(search.words)}))`
  const likeness =
    search.like === undefined ? '0' : `word_similarity(${bind(search.like)}, ${quote(SEARCH_TEXT)})`

  return `case when ${isFew} then array[${rank}, ${likeness}] end desc nulls last`
}
