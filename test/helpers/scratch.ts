import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const folders: string[] = []
const remove = (): void => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}

/** A folder of temporary files that is gone when the process of the tests ends, also where a test fails or its hooks do not run. */
export const scratchFolder = (name: string): string => {
  if (folders.length === 0) process.once('exit', remove)
  const folder = mkdtempSync(path.join(tmpdir(), `rachis-${name}-`))
  folders.push(folder)

  return folder
}
