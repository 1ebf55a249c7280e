import { createReadStream, createWriteStream } from 'fs'
import { mkdir, open, readdir, rm, stat } from 'fs/promises'
import path from 'path'
import type { Readable } from 'stream'
import { pipeline } from 'stream/promises'
import { unlessMissing } from './missing-file'

/**
 * The bytes of resumable uploads that are not complete, one file for each on the disk of this machine. How far an upload is, says the size of its file: it is
 * true after a crash as well.
 */
export class Spool {
  constructor(private readonly folder: string) {}

  /**
   * Bytes that have arrived.
   *
   * @throws {Error} Where the disk cannot be read: taken for nothing, the next part would overwrite what is there
   */
  async size(id: string): Promise<number> {
    const found = await stat(this.fileOf(id)).catch(unlessMissing)
    return found?.size ?? 0
  }

  /**
   * Adds bytes behind those that are there. What has arrived stays where the stream ends early.
   *
   * @param offset where the file ends
   */
  async append(id: string, offset: number, bytes: Readable, through: NodeJS.ReadWriteStream): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
    const file = createWriteStream(this.fileOf(id), { flags: offset === 0 ? 'w' : 'r+', start: offset, mode: 0o600, flush: true }) // prettier-ignore
    await pipeline(bytes, through, file)
  }

  /** Takes back what an append has written whose checksum was wrong. An upload that was removed meanwhile has nothing to be taken back. */
  async truncate(id: string, size: number): Promise<void> {
    const handle = await open(this.fileOf(id), 'r+').catch(unlessMissing)
    await handle?.truncate(size).finally(() => handle.close())
  }

  open(id: string): Readable {
    return createReadStream(this.fileOf(id))
  }

  async remove(id: string): Promise<void> {
    await rm(this.fileOf(id), { force: true })
  }

  /** Removes what nobody has written to since a moment. */
  async sweep(before: number): Promise<void> {
    for (const name of (await readdir(this.folder).catch(unlessMissing)) ?? []) {
      const file = path.join(this.folder, name)
      const found = await stat(file).catch(unlessMissing)
      if (found && found.mtimeMs < before) await rm(file, { force: true })
    }
  }

  private fileOf(id: string): string {
    return path.join(this.folder, id)
  }
}
