import { existsSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

const MEMORY = '/dev/shm'
/** Copies of a database take 11 MB each, and at most some dozens are there at once. */
const ROOM = 2 * 2 ** 30

const hasRoom = () => {
  if (!existsSync(MEMORY)) return false
  const { bavail, bsize } = statfsSync(MEMORY)

  return bavail * bsize > ROOM
}

/**
 * The folder of a file system in memory, where Linux has one with room: the data of a PostgreSQL server are hundreds of files for each of its
 * databases, which cost ten times as much on a disk (350 ms of the kernel's time on ext4, 20 there). Nothing there may be meant to be run.
 */
export const inMemory: string | undefined = hasRoom() ? MEMORY : undefined

/** Where folders for the data of a test's own servers are made. */
export const SCRATCH = inMemory ?? tmpdir()
