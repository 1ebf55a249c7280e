import { quote } from './quote'

/** What `$search` looks through: one text of all declared columns. Immutable, so that indexes can be built on it. */
export const searchText = (columns: readonly string[]): string =>
  `lower(${columns.map((name) => `coalesce(${quote(name)}, '')`).join(` || ' ' || `)})`

const vector = (text: string) => `to_tsvector('simple', ${text})`

/** The indexes behind a search: words and their beginnings by the first, misspelt ones by the second. */
export const searchIndexes = (columns: readonly string[]): { suffix: string; sql: string }[] => [
  { suffix: 'search_idx', sql: `using gin (${vector(searchText(columns))})` },
  { suffix: 'search_trgm_idx', sql: `using gin ((${searchText(columns)}) gin_trgm_ops)` }
]

/** `red sho` → `red:* & sho:*`: every word, the last of which may still be being typed. Undefined where there is no word. */
export const tsquery = (text: string): string | undefined => {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu)
  return words?.slice(0, 20).map((word) => `${word}:*`).join(' & ') // prettier-ignore
}

/** A search as a term of a query: the columns' text, and what was typed. */
export interface Search {
  readonly text: string
  readonly value: string
}
type Bind = (value: unknown) => string

/** @see https://www.postgresql.org/docs/current/pgtrgm.html for `<%`, "is similar to a part of" */
export const searchCondition = ({ text, value }: Search, bind: Bind): string =>
  `(${vector(text)} @@ to_tsquery('simple', ${bind(tsquery(value))}) or ${bind(value.toLowerCase())} <% ${text})`

/** Best first: by the words found, then by likeness. */
export const searchRank = ({ text, value }: Search, bind: Bind): string =>
  `ts_rank(${vector(text)}, to_tsquery('simple', ${bind(tsquery(value))})) desc, word_similarity(${bind(value.toLowerCase())}, ${text}) desc`
