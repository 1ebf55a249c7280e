import { createHash } from 'crypto'
import { readFileSync } from 'fs'
import path from 'path'
import { ApiError } from '../errors/errors'
import { isObject } from '../util/is-object'
import { errors } from './errors'

/** What a request says of its document. */
export interface RequestedDocument {
  readonly query?: unknown
  readonly extensions?: unknown
}

/** Finds the text of a request's document. @throws ApiError for what is not persisted, or was said in another way */
export type FindDocument = (requested: RequestedDocument) => unknown

const ONLY = 'Only persisted operations are answered here'

const hashOf = ({ extensions }: RequestedDocument): unknown => {
  const persisted = isObject(extensions) ? extensions.persistedQuery : undefined

  return isObject(persisted) ? persisted.sha256Hash : undefined
}

/** The documents of a file, as generators of clients write it: an object of hashes and documents. */
const readDocuments = (file: string): ReadonlyMap<string, string> => {
  const documents = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
  for (const [hash, text] of Object.entries(documents)) {
    const actual = createHash('sha256').update(text).digest('hex')
    if (hash !== actual)
      throw new Error(`${file}: ${hash} is not the SHA-256 hash of its document, which is ${actual}`)
  }

  return new Map(Object.entries(documents))
}

/**
 * @param file of hashes and documents; empty where there are none
 * @param isOnly whether no other document is answered
 * @throws Error at start for a file that cannot be read, or whose hashes are not those of its documents
 */
export const persistedDocuments = (file: string, root: string, isOnly: boolean): FindDocument => {
  const documents = file === '' ? new Map<string, string>() : readDocuments(path.resolve(root, file))

  return (requested) => {
    const hash = hashOf(requested)
    if (hash === undefined) {
      if (isOnly) throw new ApiError(errors.UNKNOWN_OPERATION, { message: ONLY })
      return requested.query
    }
    const found = documents.get(String(hash))
    if (found === undefined) throw new ApiError(errors.UNKNOWN_OPERATION)

    return found
  }
}
