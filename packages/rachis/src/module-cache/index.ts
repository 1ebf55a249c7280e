import fs from 'fs'
import path from 'path'
import { setTimeout as pause } from 'timers/promises'
import { crc32 } from 'zlib'
import { readStored, writeStored } from './cache-file'
import { CodeCache } from './code'
import { ResolutionCache } from './resolutions'

/** Milliseconds after the start: the first requests go before it, and their code is stored, too. */
const STORED_AFTER = 2000
/** Modules that have to be new before all are stored again, which takes a fifth of a second of the CPU: some changed sources are no reason. */
const WORTHWHILE = 20

interface Cache {
  readonly file: string
  /** Other once another process has stored something. */
  readonly state: number | undefined
  readonly resolutions: ResolutionCache
  readonly code: CodeCache
}
let cache: Cache | undefined

/** Not that of a link, which is the cache of another project. */
const isProject = (folder: string) =>
  fs.lstatSync(path.join(folder, 'node_modules'), { throwIfNoEntry: false })?.isDirectory() ?? false

/** The nearest folder above with packages, which is none of these. */
const projectOf = (folder: string): string | undefined => {
  if (!folder.split(path.sep).includes('node_modules') && isProject(folder)) return folder
  const parent = path.dirname(folder)

  return parent === folder ? undefined : projectOf(parent)
}

/** Who counts coverage sees what Node itself loads. NODE_DISABLE_COMPILE_CACHE is Node's own switch. */
const isWanted = () => !process.env.NODE_V8_COVERAGE && !process.env.NODE_DISABLE_COMPILE_CACHE

const stateOf = (file: string): number | undefined => {
  try {
    return fs.statSync(file).mtimeMs
  } catch {
    return undefined
  }
}

/** Each program has its own file, beside the packages as those of other tools: `npm ci` removes it with them. */
const open = (main: string, root: string): Cache => {
  const name = `modules-${crc32(main).toString(16)}.bin`
  const file = path.join(root, 'node_modules', '.cache', 'rachis', name)
  const state = stateOf(file)
  const stored = readStored(file)

  return { file, state, resolutions: new ResolutionCache(root, stored), code: new CodeCache(stored) }
}

/**
 * Lets the modules that this process loads from now on be found and compiled with what an earlier start of the same program has stored, which
 * takes half of the CPU of a start. Stored code is used only for the text that it was made of, and a stored place only while the folders in which
 * Node would look for it are as they were. Without it, or where nothing can be written, Node loads them as it does.
 */
export const cacheModules = (): void => {
  // Where a loader such as tsx runs it, there is no main module.
  const main = require.main?.filename ?? process.argv[1]
  const root = main && isWanted() ? projectOf(path.dirname(main)) : undefined
  if (cache || !main || !root) return
  cache = open(main, root)
  cache.resolutions.install()
  cache.code.install()
}

const store = async ({ file, state, resolutions, code }: Cache): Promise<void> => {
  if (stateOf(file) !== state || code.count + resolutions.count < WORTHWHILE) return
  // Before the states of folders are read: the first that is stored makes one within node_modules.
  await fs.promises.mkdir(path.dirname(file), { recursive: true })
  const found = resolutions.toStore()
  const { codes, bytes } = await code.toStore()
  await writeStored(file, { ...found, codes }, bytes)
}

/**
 * Stores, in the background and once the program has started, what the next start of it can use. Afterwards Node loads modules as it does.
 *
 * @param after milliseconds; the process may end before
 * @returns what resolves when it is done, or when there was nothing to do; it never rejects
 */
export const storeModules = async (after = STORED_AFTER): Promise<void> => {
  const started = cache
  if (!started) return
  await pause(after, undefined, { ref: false })
  await store(started).catch(() => undefined)
  started.resolutions.end()
  started.code.end()
}
