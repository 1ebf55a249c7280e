import { emailOf } from './email'
import type { FieldTraits } from './column-types/column-type'

/**
 * A text as its field keeps it: in one case, and an address in its one spelling. What is no address stays what it is.
 *
 * @example normalized('Ada@EXAMPLE.com', { normalize: 'lower', value: text({ format: 'email' }) }) // 'ada@example.com'
 */
export const normalized = (
  text: string,
  { normalize, value }: Pick<FieldTraits, 'normalize' | 'value'>
): string => {
  if (!normalize) return text
  const kept = normalize === 'lower' ? text.toLowerCase() : text.toUpperCase()

  return normalize === 'lower' && value.format === 'email' ? (emailOf(text) ?? kept) : kept
}
