import { createHash } from 'crypto'
import path from 'path'
import { Readable } from 'stream'
import type { BackupDatabase, BackupReport, ModuleBackup } from '../util/module-backup'
import type { FileRow } from './file-row'
import type { FilesSettings } from './settings'
import { storageFor } from './storage'
import { diskStorage } from './storage/disk'
import type { FileStorage } from './storage/storage'
import { MissingBytes } from './storage/storage'

/** Rows that are read at once, and files that are worked on at once. */
const [BATCH, ABREAST] = [1000, 8]

type Kept = Pick<FileRow, 'id' | 'size' | 'sha256'>
type Outcome = 'there' | 'copied' | 'missing' | 'broken'

/** What is kept under the id is not what the row says. */
class OtherBytes extends Error {
  constructor(id: string) {
    super(`The bytes of ${id} are not what the database says`)
  }
}

async function* batchesOf(database: BackupDatabase): AsyncGenerator<readonly Kept[]> {
  for (let last = '00000000-0000-0000-0000-000000000000'; ;) {
    const rows = await database.rows<Kept>('select id, size::float8 as size, sha256 from files where id > $1::uuid order by id limit $2', [last, BATCH]) // prettier-ignore
    if (rows.length === 0) return
    yield rows
    last = rows.at(-1)!.id
  }
}

/** A database from before the module has no table, and so no files. */
const countIn = async (database: BackupDatabase): Promise<number> => {
  const [table] = await database.rows<{ name: string | null }>(`select to_regclass('files')::text as name`)
  if (!table?.name) return 0
  const [row] = await database.rows<{ count: number }>('select count(*)::float8 as count from files')

  return row!.count
}

/** Hands bytes on, and fails at their end where they are not what the row says: whoever keeps them keeps nothing then. */
async function* checked(source: AsyncIterable<Buffer>, { id, size, sha256 }: Kept): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let length = 0
  for await (const chunk of source) {
    hash.update(chunk)
    length += chunk.length
    yield chunk
  }
  if (length !== size || hash.digest('hex') !== sha256) throw new OtherBytes(id)
}

const outcomeOf = (error: unknown): Outcome => {
  if (error instanceof MissingBytes) return 'missing'
  if (error instanceof OtherBytes) return 'broken'
  throw error
}

/** What is there already under the id is the same: a file never changes. */
const copy = async (from: FileStorage, to: FileStorage, row: Kept): Promise<Outcome> => {
  if ((await to.size(row.id)) === row.size) return 'there'
  try {
    await to.put(row.id, Readable.from(checked(await from.get(row.id), row)))
    return 'copied'
  } catch (error) {
    return outcomeOf(error)
  }
}

const compare = async (storage: FileStorage, row: Kept): Promise<Outcome> => {
  try {
    for await (const _chunk of checked(await storage.get(row.id), row));
    return 'there'
  } catch (error) {
    return outcomeOf(error)
  }
}

/** Several at once: each waits for the disk most of the time. */
const abreast = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  const rest = items[Symbol.iterator]()
  const one = async () => {
    for (const item of { [Symbol.iterator]: () => rest }) await work(item)
  }
  await Promise.all(Array.from({ length: ABREAST }, one))
}

/** Rows that were removed meanwhile lack nothing. */
const stillThere = async (database: BackupDatabase, ids: readonly string[]): Promise<string[]> => {
  if (ids.length === 0) return []
  const rows = await database.rows<{ id: string }>('select id from files where id = any($1::uuid[]) order by id', [ids]) // prettier-ignore

  return rows.map(({ id }) => id)
}

/** Does something with the file of each row. */
const eachFile = async (
  database: BackupDatabase,
  onProgress: (done: number, total: number) => void,
  work: (row: Kept) => Promise<Outcome>
): Promise<BackupReport> => {
  const total = await countIn(database)
  const found: Record<Outcome, string[]> = { there: [], copied: [], missing: [], broken: [] }
  let done = 0
  for await (const rows of total === 0 ? [] : batchesOf(database))
    await abreast(rows, async (row) => {
      found[await work(row)].push(row.id)
      onProgress(++done, total)
    })

  return {
    total: done,
    copied: found.copied.length,
    missing: await stillThere(database, found.missing),
    broken: found.broken
  }
}

/** Runs with the storage of the settings, whose connections end behind it. */
const withStorage = async <T>(
  storage: FileStorage,
  work: (storage: FileStorage) => Promise<T>
): Promise<T> => {
  try {
    return await work(storage)
  } finally {
    storage.close?.()
  }
}

/**
 * The bytes of files beside a dump of the database: one file for each row, under its id, whether they are kept on the disk or in a bucket. Variants of
 * pictures are made again.
 */
export const filesBackup = (settings: FilesSettings['files'], dataDir: string): ModuleBackup => {
  const own = () => storageFor(settings, path.resolve(dataDir, settings.folder))

  return {
    save: (folder, database, onProgress) =>
      withStorage(own(), (kept) => eachFile(database, onProgress, (row) => copy(kept, diskStorage(folder), row))), // prettier-ignore
    restore: (folder, database, onProgress) =>
      withStorage(own(), (kept) => eachFile(database, onProgress, (row) => copy(diskStorage(folder), kept, row))), // prettier-ignore
    verify: (folder, database, onProgress) =>
      eachFile(database, onProgress, (row) => compare(diskStorage(folder), row))
  }
}
