import type { Readable } from 'stream'
import type { ByteRange } from '../../util/byte-source'

/**
 * Where bytes are kept, under keys that the module makes: hexadecimal digits, dashes, and a dot before the name of a variant. It knows nothing of names, owners or rights.
 */
export interface FileStorage {
  /** Keeps bytes under a key, all or nothing: once it resolves, they outlast a crash. Where the stream fails, nothing is kept. */
  put(key: string, bytes: Readable): Promise<void>
  /** @throws {MissingBytes} where nothing is kept under the key */
  get(key: string, range?: ByteRange): Promise<Readable>
  /** The bytes that are kept under the key; undefined where nothing is. */
  size(key: string): Promise<number | undefined>
  /** Removes what is kept under the key, and all variants of it. It is no mistake that there is nothing. */
  remove(key: string): Promise<void>
  /** Ends its connections. */
  close?(): void
}

/** What a row names is not there: it was lost, or put into another store. */
export class MissingBytes extends Error {
  constructor(key: string, cause?: unknown) {
    super(`The storage of files has nothing under ${key}`, { cause })
  }
}

/** The key of a variant, beside that of its original. */
export const variantKey = (id: string, variant: string): string => `${id}.${variant}`
