import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { UNCOUNTED } from './runtime'

const run = promisify(execFile)
const folderOf = (name: string, from = __dirname) =>
  path.dirname(require.resolve(`${name}/package.json`, { paths: [from] }))

/** Every major version of TypeScript that the engine is for, by its folder. Version 5 is the one that the stock generators bring along. */
export const COMPILERS = {
  5: folderOf('typescript', path.dirname(require.resolve('@feathersjs/generators'))),
  6: folderOf('typescript'),
  7: folderOf('@typescript/typescript7')
} as const
export type Major = keyof typeof COMPILERS
export const MAJORS: readonly Major[] = [5, 6, 7]

const tscOf = (major: Major) => path.join(COMPILERS[major], 'bin/tsc')

/** The compiler in a folder. @throws {Error} with what it printed, where it finds mistakes */
export const tsc = async (cwd: string, args: readonly string[], major: Major = 7): Promise<string> => {
  const options = { cwd, maxBuffer: 2 ** 26, env: { ...process.env, ...UNCOUNTED } }
  const { stdout } = await run(process.execPath, [tscOf(major), ...args], options).catch(
    // It prints its errors on standard output.
    ({ stdout, message }: { stdout?: string; message: string }) => {
      throw new Error(`${message}${stdout}`)
    }
  )

  return stdout
}

export interface Measured {
  readonly instantiations: number
  /** What the compiler held at its end; the process is a sixth to a third larger. */
  readonly megabytes: number
  readonly seconds: number
  /** Seconds of processors, of all threads: the work of others on this machine is not counted. */
  readonly processor: number
}

/** What TypeScript 7 needs to check a project. @throws {Error} with what it printed, where it finds mistakes */
export const measureCheck = async (cwd: string, ...args: readonly string[]): Promise<Measured> => {
  const command = [process.execPath, tscOf(7), ...args, '--noEmit', '--extendedDiagnostics']
  const env = { ...process.env, ...UNCOUNTED, TIMEFORMAT: 'Processor time: %U' }
  const { stdout, stderr } = await run('bash', ['-c', 'time "$@"', 'bash', ...command], { cwd, maxBuffer: 2 ** 26, env }).catch(
    ({ stdout, stderr }: { stdout?: string; stderr?: string }) => {
      throw new Error(`${stdout}${stderr}`)
    }
  ) // prettier-ignore
  const figure = (name: string) => Number(new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(stdout + stderr)![1])

  return {
    instantiations: figure('Instantiations'),
    megabytes: Math.round(figure('Memory used') / 1024),
    seconds: figure('Total time'),
    processor: figure('Processor time')
  }
}
