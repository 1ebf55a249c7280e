import { createHash } from 'crypto'
import { mkdtemp, open, rm } from 'fs/promises'
import type { FileHandle } from 'fs/promises'
import { tmpdir } from 'os'
import path from 'path'
import { Readable, Transform } from 'stream'
import { pipeline } from 'stream/promises'
import { createBrotliDecompress, createGunzip, createInflate } from 'zlib'
import { tooLarge } from '../errors/errors'
import { malformed, UTF_8_HINT } from './media-types'
import type { ReceivedFile } from '../service/call'

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress
}

/** Whether a `Content-Encoding` is one that is read. */
export const isReadable = (coding: string | undefined): boolean =>
  coding === undefined || coding === 'identity' || coding in DECODERS

/** Measures what passes, and asks whether it is UTF-8: letters in another charset would be kept as U+FFFD. */
class Gauge extends Transform {
  readonly hash = createHash('sha256')
  private bytes = 0
  private lines = 1
  private readonly decoder = new TextDecoder('utf-8', { fatal: true })

  constructor(private readonly limit: number) {
    super()
  }

  override _transform(
    chunk: Buffer,
    _encoding: string,
    done: (error?: Error | null, chunk?: Buffer) => void
  ) {
    this.bytes += chunk.length
    if (this.bytes > this.limit) return done(tooLarge(this.limit))
    const problem = this.problemOf(chunk)
    this.hash.update(chunk)
    done(problem, chunk)
  }

  override _flush(done: (error?: Error | null) => void) {
    done(this.problemOf())
  }

  private problemOf(chunk?: Buffer): Error | null {
    try {
      const text = this.decoder.decode(chunk, { stream: chunk !== undefined })
      this.lines += text.split('\n').length - 1
      return null
    } catch {
      return malformed(`The body is not UTF-8: see the lines from ${this.lines} on`, UTF_8_HINT)
    }
  }
}

/** A file without a name: it is gone when it is closed, and when the process ends. */
const openNameless = async (): Promise<FileHandle> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'rachis-'))
  try {
    return await open(path.join(folder, 'body'), 'wx+', 0o600)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const PIECE = 65_536

/** The bytes of a file from its beginning, whoever else reads it. */
async function* bytesOf(handle: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(PIECE), 0, PIECE, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

const received = (handle: FileHandle, sha256: string): ReceivedFile => ({
  sha256,
  open: () => Readable.from(bytesOf(handle)),
  remove: () => handle.close()
})

const writeTo = (handle: FileHandle) => async (pieces: AsyncIterable<Buffer>) => {
  for await (const piece of pieces) await handle.writeFile(piece)
}

/**
 * Receives a body into a file, unpacked, whatever its size up to a limit of bytes.
 *
 * @param coding its `Content-Encoding`
 * @throws PAYLOAD_TOO_LARGE, MALFORMED_BODY; what a decompressor fails with
 */
export const spool = async (
  body: Readable,
  coding: string | undefined,
  limit: number
): Promise<ReceivedFile> => {
  const handle = await openNameless()
  const gauge = new Gauge(limit)
  const decoders = coding !== undefined && coding in DECODERS ? [DECODERS[coding]!()] : []
  try {
    await pipeline([body, ...decoders, gauge, writeTo(handle)] as never)
  } catch (error) {
    await handle.close()
    throw error
  }

  return received(handle, gauge.hash.digest('base64url'))
}
