import { createHash, randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { isRunning, startOf } from './embedded-process'

/** Another process, or this one, already has a server on the folder. */
export class DataDirInUse extends Error {
  override readonly name = 'DataDirInUse'

  constructor(
    readonly folder: string,
    readonly pid: number
  ) {
    super(
      `The data folder ${folder} is in use by process ${pid}. End that process, or set DATA_DIR to another ` +
        `folder, or DATABASE_URL to a server that both may use. (Should process ${pid} be another program, ` +
        `delete ${path.join(folder, LOCK)}.)`
    )
  }
}

interface Process {
  readonly pid: number
  /** As `startOf` tells it. */
  readonly started: string
}
/** The process that holds the folder. */
export interface Owner extends Process {
  /** The npm that started it, where one did. */
  readonly parent?: Process
}

interface Claim {
  file: string
  text: string
}

const LOCK = 'owner.json'
const AFTER = 'owner.after-'

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Who holds the folder, or held it last; undefined where nobody does. */
export function readOwner(folder: string): Owner | undefined {
  try {
    return JSON.parse(read(path.join(folder, LOCK)) ?? '') as Owner
  } catch {
    return undefined
  }
}

const describe = (pid: number): Process => ({ pid, started: startOf(pid) })

/** Unreadable text is a lock that a power failure emptied: nobody's, since locks appear with their content. */
function holderOf({ text }: Claim): number | undefined {
  try {
    const { pid, started } = JSON.parse(text) as { pid: number; started: string }
    return isRunning(pid, started) ? pid : undefined
  } catch {
    return undefined
  }
}

/** The only name under which the claim that follows `text` can be made; every claim's text is unique. */
function successor(folder: string, text: string): string {
  return path.join(folder, AFTER + createHash('sha256').update(text).digest('hex').slice(0, 16))
}

/** The lock, the claim to succeed it, the claim to succeed that one, … */
function readChain(folder: string): Claim[] {
  const chain: Claim[] = []
  let file = path.join(folder, LOCK)
  for (let text = read(file); text !== undefined; text = read(file)) {
    chain.push({ file, text })
    file = successor(folder, text)
  }
  return chain
}

/** Like O_EXCL, but the file appears together with its content, so that nobody reads half a lock. */
function linkUnlessTaken(existing: string, file: string): boolean {
  try {
    fs.linkSync(existing, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function removeClaims(folder: string) {
  for (const name of fs.readdirSync(folder)) {
    if (name.startsWith(AFTER)) fs.rmSync(path.join(folder, name), { force: true })
  }
}

/** Whether the claim still follows the lock that it was made for: its maker may have looked long ago. */
function followsLock(folder: string, chain: Claim[], mine: string): boolean {
  const now = readChain(folder).map(({ text }) => text)
  return [...chain.map(({ text }) => text), mine].join() === now.join()
}

/** One try: true when the lock is ours, false when another starter moved first and we have to look again. */
function claim(folder: string, draft: string, mine: string): boolean {
  const chain = readChain(folder)
  const holder = chain.map(holderOf).find((pid) => pid !== undefined)
  if (holder) throw new DataDirInUse(folder, holder)
  const last = chain.at(-1)
  const lock = path.join(folder, LOCK)
  if (!last) return linkUnlessTaken(draft, lock)
  const next = successor(folder, last.text)
  if (!linkUnlessTaken(draft, next)) return false
  if (!followsLock(folder, chain, mine)) {
    fs.rmSync(next, { force: true })
    return false
  }
  fs.renameSync(draft, lock)
  removeClaims(folder)
  return true
}

/**
 * Takes the folder for this process and returns the function that gives it back. A lock whose owner was killed
 * is taken over. To delete it first and then make a new one would let two starters in: the second deletes what
 * the first just made. So a starter first claims the succession of exactly that lock, a file name that can be
 * made only once, and only then renames its own lock over the old one. Should it be killed in between, then its
 * claim is succeeded in the same way.
 */
export function takeLock(folder: string): () => void {
  const parent = process.env.npm_lifecycle_event ? { parent: describe(process.ppid) } : {}
  const mine = JSON.stringify({ ...describe(process.pid), ...parent, id: randomUUID() })
  const draft = path.join(folder, `owner.draft-${randomUUID()}`)
  fs.writeFileSync(draft, mine, { mode: 0o600, flag: 'wx' })
  try {
    while (!claim(folder, draft, mine)) continue
  } finally {
    fs.rmSync(draft, { force: true })
  }
  const lock = path.join(folder, LOCK)
  return () => {
    if (read(lock) === mine) fs.rmSync(lock, { force: true })
  }
}
