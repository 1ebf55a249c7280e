import { pauseBefore } from '../connection/backoff'
import type { RachisError } from '../errors'
import type { Source } from './source'
import type { Sender, UploadOptions } from './types'

const TUS = { 'Tus-Resumable': '1.0.0' }
/** Bytes of a piece: of the first one, the fewest and the most. */
const [FIRST, LEAST, MOST] = [2 ** 20, 2 ** 18, 2 ** 23]
/** Milliseconds that a piece may take before the next one is smaller, and under which it is larger. */
const [SLOW, FAST] = [4000, 1000]
/** In a row, after which it is given up. */
const FAILURES = 8

/** Answers after which the same may succeed: none, somebody else goes on, too many requests, a server that restarts. */
const PASSING = [0, 408, 409, 423, 429, 500, 502, 503, 504]

const passing = (error: unknown): RachisError | undefined =>
  PASSING.includes((error as RachisError).status) ? (error as RachisError) : undefined

const encoded = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)))

const metadataOf = ({ name = 'file', type, field }: UploadOptions): string =>
  Object.entries({ filename: name, filetype: type, field })
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key} ${encoded(value)}`]))
    .join(',')

const pause = (milliseconds: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })

/**
 * One upload by tus 1.0: what has arrived stays, and after a failure it goes on from where the server says that it is.
 *
 * @see https://tus.io/protocols/resumable-upload
 */
export class ResumableUpload {
  private id?: string
  /** Undefined where only the server knows. */
  private offset?: number
  private piece = FIRST

  /** @param source of a known size */
  constructor(
    private readonly sender: Sender,
    private readonly source: Source & { readonly size: number },
    private readonly options: UploadOptions
  ) {
    this.id = options.resume
  }

  /** @returns the id of the file @throws {RachisError} what the server refuses; what ended the signal */
  async run(): Promise<string> {
    this.id ??= await this.begin()
    try {
      await this.finish(this.id)
    } catch (error) {
      if (this.options.signal?.aborted) await this.remove(this.id)
      throw error
    }

    return this.id
  }

  private async begin(): Promise<string> {
    const { size } = this.source
    const headers = { ...TUS, 'Upload-Length': String(size), 'Upload-Metadata': metadataOf(this.options) }
    const answer = await this.send('/uploads', { method: 'POST', headers })
    this.offset = 0

    return answer.headers.get('Location')!.split('/').at(-1)!
  }

  private async finish(id: string): Promise<void> {
    for (let failures = 0; ;) {
      try {
        this.offset ??= await this.ask(id)
        this.options.onProgress?.({ sent: this.offset, total: this.source.size, upload: id })
        if (this.offset === this.source.size) return
        this.offset = await this.append(id, this.offset)
        failures = 0
      } catch (error) {
        const told = passing(error)
        if (!told || ++failures > FAILURES) throw error
        this.offset = undefined
        this.piece = Math.max(this.piece / 2, LEAST)
        await pause(pauseBefore(failures - 1, Math.random(), (told.retryAfter ?? 0) * 1000), this.options.signal) // prettier-ignore
      }
    }
  }

  private async ask(id: string): Promise<number> {
    const { headers } = await this.send(`/uploads/${id}`, { method: 'HEAD', headers: TUS }).catch(
      async (error: RachisError) => {
        // An answer to HEAD has no body that says what is wrong.
        if (error.status === 404) await this.send(`/uploads/${id}`, {})
        throw error
      }
    )
    if (Number(headers.get('Upload-Length')) !== this.source.size)
      throw new TypeError(`The upload ${id} is of another file: its size is ${headers.get('Upload-Length')}`)

    return Number(headers.get('Upload-Offset'))
  }

  private async append(id: string, offset: number): Promise<number> {
    const body = await this.source.slice(offset, Math.min(offset + this.piece, this.source.size))
    const length = body instanceof Uint8Array ? body.length : body.size
    if (length === 0) throw new TypeError(`The stream ended after ${offset} of ${this.source.size} bytes`)
    const headers = { ...TUS, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(offset) } // prettier-ignore
    const began = Date.now()
    await this.send(`/uploads/${id}`, { method: 'PATCH', headers, body })
    this.measure(Date.now() - began)

    return offset + length
  }

  /** Small enough that progress is told of and little is lost, large enough that requests are few. */
  private measure(took: number): void {
    if (took < FAST) this.piece = Math.min(this.piece * 2, MOST)
    else if (took > SLOW) this.piece = Math.max(this.piece / 2, LEAST)
  }

  private async remove(id: string): Promise<void> {
    await this.sender.send(`/uploads/${id}`, { method: 'DELETE', headers: TUS }).catch(() => undefined)
  }

  private async send(path: string, init: RequestInit): Promise<Response> {
    const { signal } = this.options
    signal?.throwIfAborted()
    try {
      return await this.sender.send(path, { ...init, ...(signal ? { signal } : {}) })
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    }
  }
}
