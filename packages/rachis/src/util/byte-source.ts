import type { Readable } from 'stream'

/** Places of the first and the last byte, counted from 0. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

interface ByteFacts {
  /** What it is called where it is kept. */
  readonly name: string
  /** Its media type. */
  readonly type: string
  /** Bytes. */
  readonly size: number
  /** In hexadecimal digits: of its bytes, so that it names them as a validator. */
  readonly sha256: string
  /** Where REST sends its bytes, behind the host. */
  readonly url: string
}

/**
 * Bytes that an operation answers. REST sends them, or a range of them; for every other transport it is an object that says what they are and where
 * they can be fetched.
 *
 * @example
 * new ByteSource({ name: 'a.txt', type: 'text/plain', size: 1, sha256: '…', url: '/a' }, () => Promise.reject(new Error('Nothing is read')))
 * // as JSON: { name: 'a.txt', type: 'text/plain', size: 1, sha256: '…', url: '/a' }
 */
export class ByteSource implements ByteFacts {
  readonly name: string
  readonly type: string
  readonly size: number
  readonly sha256: string
  readonly url: string
  readonly #open: (range?: ByteRange) => Promise<Readable>

  constructor(facts: ByteFacts, open: (range?: ByteRange) => Promise<Readable>) {
    this.name = facts.name
    this.type = facts.type
    this.size = facts.size
    this.sha256 = facts.sha256
    this.url = facts.url
    this.#open = open
  }

  /** All bytes, or those of a range. */
  open(range?: ByteRange): Promise<Readable> {
    return this.#open(range)
  }
}
