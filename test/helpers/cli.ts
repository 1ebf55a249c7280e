import { execFile } from 'node:child_process'
import path from 'node:path'
import { RUN } from './runtime'

const PROJECT = path.join(__dirname, '../..')

/** A command of the project on a database: how it ended, and all that it said. */
export const runCli = (
  name: string,
  args: readonly string[],
  { url, cwd = PROJECT, env = {} }: { url: string; cwd?: string; env?: Readonly<Record<string, string>> }
) =>
  new Promise<{ code: number; out: string }>((resolve) =>
    execFile(
      process.execPath,
      [...RUN, 'src/cli.ts', name, ...args],
      { cwd, env: { ...process.env, ...env, DATABASE_URL: url } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), out: stdout + stderr })
    )
  )
