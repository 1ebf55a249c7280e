import { createReadStream, createWriteStream } from 'fs'
import { mkdir, open, readdir, rm, stat } from 'fs/promises'
import path from 'path'
import { Readable } from 'stream'
import { pipeline } from 'stream/promises'
import { unlessMissing } from './missing-file'

/** A file of an upload. What counts of it ends where the next one starts. */
export interface Part {
  readonly name: string
  /** Where in the upload it begins. */
  readonly start: number
}

/** What is on the disk of an upload. */
interface Measured {
  readonly kept: number
  readonly parts: readonly Part[]
  /** Whether it is less than it should be. */
  readonly isShort: boolean
}

/** What came of bytes that were added. */
interface Added {
  readonly written: number
  /** What it has failed with. */
  readonly failure?: unknown
}

/** The bytes of resumable uploads that are not complete, in files on the disk of this machine: as a rule one for each, under its id. */
export class Spool {
  constructor(private readonly folder: string) {}

  /**
   * Bytes of a file.
   *
   * @throws {Error} Where the disk cannot be read: taken for nothing, the next part would overwrite what is there
   */
  async size(name: string): Promise<number> {
    const found = await stat(this.fileOf(name)).catch(unlessMissing)
    return found?.size ?? 0
  }

  /**
   * What is there of an upload. A disk that was lost, or that of another machine, has less than is known of.
   *
   * @param isGrowing whether all of the last file counts
   */
  async measure(parts: readonly Part[], known: number, isGrowing: boolean): Promise<Measured> {
    for (const [index, { name, start }] of parts.entries()) {
      const end = parts[index + 1]?.start ?? known
      const there = start + (await this.size(name))
      if (there < end) return { kept: there, parts: parts.slice(0, index + 1), isShort: true }
      if (isGrowing && index === parts.length - 1) return { kept: there, parts, isShort: false }
    }

    return { kept: known, parts, isShort: false }
  }

  /**
   * Writes bytes into a file, to their end or until they fail; then the file is closed, and nothing more is written.
   *
   * @param from where in the file they begin
   */
  async append(name: string, from: number, bytes: Readable): Promise<Added> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
    const file = createWriteStream(this.fileOf(name), { flags: from === 0 ? 'w' : 'r+', start: from, mode: 0o600, flush: true }) // prettier-ignore
    const closed = new Promise<void>((resolve) => file.once('close', () => resolve()))
    const failure: unknown = await pipeline(bytes, file).catch((error: unknown) => error)
    await closed

    return { written: file.bytesWritten, ...(failure === undefined ? {} : { failure }) }
  }

  /** Takes back what an append has written whose checksum was wrong. An upload that was removed meanwhile has nothing to be taken back. */
  async truncate(name: string, size: number): Promise<void> {
    const handle = await open(this.fileOf(name), 'r+').catch(unlessMissing)
    await handle?.truncate(size).finally(() => handle.close())
  }

  /** The bytes of an upload, one file after the other. */
  open(parts: readonly Part[], kept: number): Readable {
    return Readable.from(this.read(parts, kept), { objectMode: false })
  }

  /** Removes all files of an upload. */
  async remove(id: string): Promise<void> {
    const names = (await readdir(this.folder).catch(unlessMissing)) ?? []
    const own = names.filter((name) => name === id || name.startsWith(`${id}.`))
    await Promise.all(own.map((name) => rm(this.fileOf(name), { force: true })))
  }

  /** Removes what nobody has written to since a moment. */
  async sweep(before: number): Promise<void> {
    for (const name of (await readdir(this.folder).catch(unlessMissing)) ?? []) {
      const file = path.join(this.folder, name)
      const found = await stat(file).catch(unlessMissing)
      if (found && found.mtimeMs < before) await rm(file, { force: true })
    }
  }

  private async *read(parts: readonly Part[], kept: number): AsyncGenerator<Buffer> {
    for (const [index, { name, start }] of parts.entries()) {
      const size = (parts[index + 1]?.start ?? kept) - start
      if (size > 0) yield* createReadStream(this.fileOf(name), { end: size - 1 }) as AsyncIterable<Buffer>
    }
  }

  private fileOf(name: string): string {
    return path.join(this.folder, name)
  }
}
