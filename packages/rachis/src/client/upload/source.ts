import type { Uploadable } from './types'

/** Bytes that can be sent piece by piece, and again from the place up to which the server has them. */
export interface Source {
  /** Undefined for a stream that does not say it. */
  readonly size: number | undefined
  /** Bytes from one place to another; fewer at the end of a stream. A stream goes forward only: not before the last `from`. */
  slice(from: number, to: number): Promise<Blob | Uint8Array<ArrayBuffer>>
}

async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  // Not every browser can iterate a stream.
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}

/** Holds what was read and not dropped: a piece that is lost on its way can be sent again. */
class StreamSource implements Source {
  private readonly chunks: AsyncIterator<Uint8Array>
  private held: Uint8Array<ArrayBuffer> = new Uint8Array()
  private start = 0
  private ended = false

  constructor(
    stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
    readonly size: number | undefined
  ) {
    this.chunks = ('getReader' in stream ? chunksOf(stream) : stream)[Symbol.asyncIterator]()
  }

  async slice(from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
    this.drop(from)
    while (!this.ended && this.start + this.held.length < to) {
      const { done, value } = await this.chunks.next()
      if (done) this.ended = true
      else this.hold(value)
      this.drop(from)
    }

    return this.held.slice(0, Math.max(0, to - this.start))
  }

  private hold(chunk: Uint8Array) {
    const held = new Uint8Array(this.held.length + chunk.length)
    held.set(this.held)
    held.set(chunk, this.held.length)
    this.held = held
  }

  private drop(until: number) {
    const gone = Math.min(Math.max(0, until - this.start), this.held.length)
    this.held = this.held.subarray(gone)
    this.start += gone
  }
}

const isBlob = (file: Uploadable): file is Blob => file instanceof Blob

/** @param size of a stream, which cannot be asked for it */
export const sourceOf = (file: Uploadable, size?: number): Source => {
  if (isBlob(file)) return { size: file.size, slice: async (from, to) => file.slice(from, to) }
  if (!(file instanceof Uint8Array)) return new StreamSource(file, size)
  const bytes = file as Uint8Array<ArrayBuffer>

  return { size: bytes.length, slice: async (from, to) => bytes.subarray(from, to) }
}

/** What a file says of itself; a stream says nothing. */
export const factsOf = (file: Uploadable): { readonly name?: string; readonly type?: string } => {
  if (!isBlob(file)) return {}
  const { name, type } = file as Blob & { readonly name?: string }

  return { ...(name ? { name } : {}), ...(type ? { type } : {}) }
}
