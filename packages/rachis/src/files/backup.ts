import { createHash, randomBytes } from 'crypto'
import { createReadStream, createWriteStream } from 'fs'
import { mkdir, rename, rm, stat } from 'fs/promises'
import path from 'path'
import { pipeline } from 'stream/promises'
import type { BackupDatabase, BackupReport, ModuleBackup } from '../util/module-backup'
import type { FileRow } from './file-row'
import { isMissingFile, unlessMissing } from './missing-file'
import type { FilesSettings } from './settings'
import { fileIn } from './storage/disk'

/** Rows that are read at once, and files that are worked on at once. */
const [BATCH, ABREAST] = [1000, 8]

type Kept = Pick<FileRow, 'id' | 'size' | 'sha256'>
type Outcome = 'there' | 'copied' | 'missing' | 'broken'

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

const sizeOf = async (file: string): Promise<number | undefined> =>
  (await stat(file).catch(unlessMissing))?.size

const digestOf = async (source: AsyncIterable<Buffer>): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of source) hash.update(chunk)

  return hash.digest('hex')
}

/** Written beside its name until it is whole and known to be right. What is there already under the id is the same: a file never changes. */
const copy = async (from: string, to: string, { size, sha256 }: Kept): Promise<Outcome> => {
  if ((await sizeOf(to)) === size) return 'there'
  const part = `${to}.${randomBytes(6).toString('hex')}.part`
  await mkdir(path.dirname(to), { recursive: true, mode: 0o700 })
  const hash = createHash('sha256')
  const measured = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      hash.update(chunk)
      yield chunk
    }
  }
  try {
    await pipeline(createReadStream(from), measured, createWriteStream(part, { flush: true, mode: 0o600 }))
    if (hash.digest('hex') !== sha256) return 'broken'
    await rename(part, to)
    return 'copied'
  } catch (error) {
    if (isMissingFile(error)) return 'missing'
    throw error
  } finally {
    await rm(part, { force: true })
  }
}

const compare = async (file: string, { size, sha256 }: Kept): Promise<Outcome> => {
  const found = await sizeOf(file)
  if (found === undefined) return 'missing'

  return found === size && (await digestOf(createReadStream(file))) === sha256 ? 'there' : 'broken'
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

/** The bytes of files beside a dump of the database: one file for each row, under its id. Variants of pictures are made again. */
export const filesBackup = (settings: FilesSettings['files'], dataDir: string): ModuleBackup => {
  const kept = path.join(path.resolve(dataDir, settings.folder), 'kept')
  if (settings.storage === 's3')
    return {
      elsewhere: `The bytes of files are in the bucket ${settings.s3.bucket}, which is neither copied nor looked at: keep its versions, or replicate it` // prettier-ignore
    }

  return {
    save: (folder, database, onProgress) => eachFile(database, onProgress, (row) => copy(fileIn(kept, row.id), fileIn(folder, row.id), row)), // prettier-ignore
    restore: (folder, database, onProgress) => eachFile(database, onProgress, (row) => copy(fileIn(folder, row.id), fileIn(kept, row.id), row)), // prettier-ignore
    verify: (folder, database, onProgress) => eachFile(database, onProgress, (row) => compare(fileIn(folder, row.id), row)) // prettier-ignore
  }
}
