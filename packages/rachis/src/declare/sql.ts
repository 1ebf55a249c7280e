const LITERAL = /'(?:[^']|'')*'/g
/** The name of a function before its parenthesis, and the type of a cast. */
const NO_COLUMN = /[a-z_][a-z0-9_]*\s*(?=\()|::\s*[a-z_][a-z0-9_]*/gi
const WORD = /[a-z_][a-z0-9_]*/gi

/**
 * The words of an SQL expression, without the texts in it: those that are names of fields are the columns that it asks for.
 *
 * @example wordsOf("status <> 'open' or stock <= 5") // ['status', 'or', 'stock']
 */
export const wordsOf = (sql: string): string[] => [...new Set(sql.replace(LITERAL, ' ').match(WORD) ?? [])]

/**
 * The words that stand where columns can: no functions, and no types of casts.
 *
 * @example columnWordsOf('length(title)::integer > 5') // ['title']
 */
export const columnWordsOf = (sql: string): string[] =>
  wordsOf(sql.replace(LITERAL, ' ').replace(NO_COLUMN, ' '))
