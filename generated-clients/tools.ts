import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

export const HERE = __dirname
export const OUT = path.join(HERE, 'out')
const MODULES = path.join(HERE, 'node_modules')
/** Some of the tools need a newer Node.js than the oldest one that the server runs on. */
export const NODE = path.join(MODULES, '.bin', 'node')

/** The file that a package runs as a command, by its package.json. */
export const binOf = (name: string, command?: string): string => {
  const folder = path.join(MODULES, name)
  const { bin } = require(path.join(folder, 'package.json')) as { bin: string | Record<string, string> }

  return path.join(folder, typeof bin === 'string' ? bin : (bin[command ?? name] ?? Object.values(bin)[0]!))
}

/** Runs a script of Node.js to its end; what it printed is the message where it fails. */
export const run = async (args: string[], env: Record<string, string> = {}, node = NODE): Promise<string> => {
  try {
    const { stdout } = await promisify(execFile)(node, args, { cwd: HERE, env: { ...process.env, ...env } })
    return stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return assert.fail(`${args.join(' ')}\n${stdout}\n${stderr}`.slice(0, 4000))
  }
}
