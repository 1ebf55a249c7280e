import { spawn, spawnSync } from 'node:child_process'

/** Programs that give another one a terminal, and the arguments by which they do. node-pty would have to be compiled where it is installed. */
const PROGRAMS: readonly (readonly [program: string, args: (command: readonly string[]) => string[]])[] = [
  ['python3', (command) => ['-c', 'import pty, sys, os; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))', ...command]],
  ['script', (command) => ['-qec', command.map((word) => `'${word}'`).join(' '), '/dev/null']]
] // prettier-ignore
const isThere = (program: string) =>
  process.platform !== 'win32' && spawnSync(program, ['--version']).status === 0
const found = PROGRAMS.find(([program]) => isThere(program))

/** Why there is no terminal to be had; undefined where there is. */
export const noTerminal = found ? undefined : 'neither python3 nor script(1) is installed'

const plain = (text: string) => text.replace(/\x1b\[[\d;?]*[A-Za-z]|\x1b[78=>]/g, '')

/** Milliseconds until a question that never comes is given up. */
const LONGEST = 60_000

/**
 * Runs a command at a terminal, and types each answer once the screen ends as it is said. Only what came since the last answer counts:
 * a question is drawn in several pieces, each of which would be taken for the next one of the same words.
 *
 * @param answers what the screen ends with, without colours, and what is typed then
 */
export const typeAt = (
  command: readonly string[],
  answers: readonly (readonly [screen: RegExp, typed: string])[],
  options: { cwd: string; env: NodeJS.ProcessEnv }
) =>
  new Promise<{ code: number | null; screen: string }>((resolve, reject) => {
    const [program, args] = found!
    const child = spawn(program, args(command), { ...options, signal: AbortSignal.timeout(LONGEST) })
    const waiting = [...answers]
    let screen = ''
    let answeredAt = 0
    child.stdout.on('data', (data: Buffer) => {
      screen += plain(data.toString())
      if (!waiting[0]?.[0].test(screen.slice(answeredAt))) return
      answeredAt = screen.length
      child.stdin.write(waiting.shift()![1])
    })
    child.once('error', () =>
      reject(new Error(`Nothing came that was waited for; the screen shows ${screen}`))
    )
    child.once('close', (code) => resolve({ code, screen }))
  })
