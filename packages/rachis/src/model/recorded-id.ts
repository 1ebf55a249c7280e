import type { Model } from './model'
import { readId } from './values'

/**
 * An id as the change feed keeps it, which is text for every resource, in the type that the resource's own answers have.
 *
 * @example recordedId(tasks, '7') // 7
 * @example recordedId(codes, '0191d5d2-…') // '0191d5d2-…', where the declaration says `id: 'uuid'`
 */
export const recordedId = (model: Model | undefined, id: string | null): number | string | null => {
  const field = model?.fields.get('id')

  return field && id !== null ? (readId(field, id) ?? id) : id
}
