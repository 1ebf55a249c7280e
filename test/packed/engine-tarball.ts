import fs from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pack } from '../../scripts/pack.cjs'
import { runFolder } from '../helpers/run-folder'

const packed = () => path.join(runFolder(), 'engine')
const tarballIn = (folder: string) =>
  fs.existsSync(folder) ? fs.readdirSync(folder).find((name) => name.endsWith('.tgz')) : undefined

/** Packs beside, so that the file is there as a whole or not at all. */
const packOnce = async () => {
  const beside = path.join(runFolder(), 'packing')
  fs.mkdirSync(beside)
  try {
    await pack(beside)
    fs.renameSync(beside, packed())
  } finally {
    fs.rmSync(beside, { recursive: true, force: true })
  }
}

/** Whether this process is the one that packs: where another one does, it waits until that one has, or has failed. */
const isFirst = async (): Promise<boolean> => {
  fs.mkdirSync(runFolder(), { recursive: true })
  const beside = path.join(runFolder(), 'packing')
  while (fs.existsSync(beside)) await setTimeout(100)

  return !fs.existsSync(packed())
}

/**
 * The tarball that npm would publish of the engine, in a folder. Compiling it takes a minute of a processor, so it is packed once in a run
 * of tests, whichever of their processes needs it first.
 *
 * @returns its path
 */
export const engineTarball = async (folder: string): Promise<string> => {
  if (await isFirst())
    await packOnce().catch((error: NodeJS.ErrnoException) => {
      // Another process was as fast.
      if (error.code !== 'EEXIST') throw error
    })
  const name = tarballIn(packed())
  if (!name) return engineTarball(folder)
  fs.copyFileSync(path.join(packed(), name), path.join(folder, name))

  return path.join(folder, name)
}
