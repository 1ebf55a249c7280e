import { randomBytes } from 'crypto'
import { createWriteStream } from 'fs'
import { mkdir, open, readdir, rename, rm, stat } from 'fs/promises'
import path from 'path'
import type { Readable } from 'stream'
import { pipeline } from 'stream/promises'
import type { ByteRange } from '../../util/byte-source'
import { isMissingFile, unlessMissing } from '../missing-file'
import type { FileStorage } from './storage'
import { MissingBytes } from './storage'

/** A folder cannot be synced on Windows, where the name of a file is safe once the file is. */
const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

/** Written to a file with another name, of which no other writer knows, synced, and renamed: a file of this name is complete. */
const writeWhole = async (bytes: Readable, file: string): Promise<void> => {
  const part = `${file}.${randomBytes(6).toString('hex')}.part`
  try {
    await pipeline(bytes, createWriteStream(part, { flush: true, mode: 0o600 }))
    await rename(part, file)
    await syncFolder(path.dirname(file))
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

/** A folder that was just made is in its parent once that one is synced. */
const makeFolder = async (folder: string): Promise<void> => {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  const above = path.dirname(path.resolve(first))
  for (let parent = path.dirname(path.resolve(folder)); ; parent = path.dirname(parent)) {
    await syncFolder(parent)
    if (parent === above || parent === path.dirname(parent)) return
  }
}

const folderIn = (root: string, key: string): string => path.join(root, key.split('.')[0]!.slice(-2))

/**
 * Keeps bytes in files of a folder, in folders by the last digits of their keys: the first ones are a time, and would put a day's files into one.
 *
 * @example await diskStorage('/data/files').put('0192…c4f7', bytes) // /data/files/f7/0192…c4f7
 */
export const diskStorage = (root: string): FileStorage => {
  const folderOf = (key: string) => folderIn(root, key)
  const fileOf = (key: string) => path.join(folderOf(key), key)

  return {
    async put(key, bytes) {
      await makeFolder(folderOf(key))
      await writeWhole(bytes, fileOf(key))
    },
    async get(key, range?: ByteRange) {
      const handle = await open(fileOf(key), 'r').catch((error: unknown) => {
        throw isMissingFile(error) ? new MissingBytes(key, error) : error
      })

      return handle.createReadStream(range ? { start: range.first, end: range.last } : {})
    },
    size: async (key) => (await stat(fileOf(key)).catch(unlessMissing))?.size,
    async remove(key) {
      const names = (await readdir(folderOf(key)).catch(unlessMissing)) ?? []
      const own = names.filter((name) => name === key || name.startsWith(`${key}.`))
      await Promise.all(own.map((name) => rm(path.join(folderOf(key), name), { force: true })))
    }
  }
}
