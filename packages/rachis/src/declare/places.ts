import { captureCaller, placeOf } from '../util/source-place'

const callers = new Map<string, { readonly stack?: string }>()

/** Notes where a declaration is written, for messages. */
export const notePlace = (resource: string, declare: (...args: never[]) => unknown): void =>
  void callers.set(resource, captureCaller(declare))

/**
 * Where a key of a declaration is written.
 *
 * @example placeOfKey('notes', 'fields.title.maxLenght') // 'src/services/notes/notes.ts:7'
 */
export const placeOfKey = (resource: string, key: string): string | undefined => {
  const caller = callers.get(resource)
  return caller && placeOf(caller, key)
}
