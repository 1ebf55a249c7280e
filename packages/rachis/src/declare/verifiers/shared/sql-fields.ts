import { similar } from '../../../util/similar'
import { columnWordsOf, wordsOf } from '../../sql'
import type { Context } from './problem'

const KEYWORDS = new Set(
  'and or not is null true false in between like ilike similar to case when then else end distinct from any all some as'.split(' ')
) // prettier-ignore

/**
 * A field that SQL asks for under another name, and the field that was probably meant. A word that is like no field is left to
 * PostgreSQL, which knows more names than those of fields.
 *
 * @example misspeltIn('length(titel)', context) // { word: 'titel', meant: 'title' }
 */
export const misspeltIn = (
  sql: string,
  { fields }: Pick<Context, 'fields'>
): { word: string; meant: string } | undefined =>
  columnWordsOf(sql)
    .filter((word) => !KEYWORDS.has(word.toLowerCase()) && !fields.has(word))
    .map((word) => ({ word, meant: similar(word, fields.keys()) }))
    .find((found): found is { word: string; meant: string } => found.meant !== undefined)

/** Whether SQL asks for a field at all. */
export const asksForField = (sql: string, { fields }: Pick<Context, 'fields'>): boolean =>
  wordsOf(sql).some((word) => fields.has(word))
