const LITERAL = /'(?:[^']|'')*'/g
const WORD = /[a-z_][a-z0-9_]*/gi

/**
 * The words of an SQL expression, without the texts in it: those that are names of fields are the columns that it asks for.
 *
 * @example wordsOf("status <> 'open' or stock <= 5") // ['status', 'or', 'stock']
 */
export const wordsOf = (sql: string): string[] => [...new Set(sql.replace(LITERAL, ' ').match(WORD) ?? [])]
