import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'

type Shell = ChildProcessByStdio<Writable, Readable, Readable>

/** Lines of a document, where `…` stands for anything, as what has to be found in a text in this order. */
const patternOf = (lines: string) =>
  new RegExp(
    lines
      .trim()
      .split('\n')
      .map((line) =>
        line
          .trim()
          .split('…')
          .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
          .join('[^\\n]*')
      )
      .join('[^]*?')
  )

/** Milliseconds until lines that never come are given up. */
const LONGEST = 90_000

/** What a terminal shows. */
class Screen {
  private text = ''
  private readonly changed = new EventEmitter()

  constructor({ stdout, stderr }: Shell, ended: Promise<unknown>) {
    for (const stream of [stdout, stderr])
      stream.on('data', (data: Buffer) => {
        // A program may colour what it shows although nobody told it to.
        this.text = stripVTControlCharacters(this.text + String(data))
        this.changed.emit('change')
      })
    void ended.then(() => this.changed.emit('error', new Error('It ended')))
    this.changed.on('error', () => undefined)
  }

  /** What it shows from now on until these lines are there. @throws {Error} with all of it, where they never come */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.text)
      if (found) {
        const shown = this.text.slice(0, found.index + found[0].length)
        this.text = this.text.slice(shown.length)
        return shown
      }
      await once(this.changed, 'change', { signal: AbortSignal.timeout(LONGEST) }).catch(
        ({ message }: Error) => {
          throw new Error(`${message}; it never showed ${String(pattern)}:\n${this.text}`)
        }
      )
    }
  }
}

/** A terminal at which the commands of a document are typed, one block after the other. */
export class Terminal {
  private readonly shell: Shell
  private readonly screen: Screen
  private readonly ended: Promise<unknown>
  private count = 0

  /** @param prelude what stands for the network: functions of the shell */
  constructor(cwd: string, env: NodeJS.ProcessEnv, prelude = '') {
    this.shell = spawn('bash', [], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
    this.ended = once(this.shell, 'exit')
    this.screen = new Screen(this.shell, this.ended)
    this.shell.stdin.write(
      `${prelude}\nset -E; trap 'echo "FAILED ($?): $BASH_COMMAND"; exit 1' ERR; set -o pipefail\n`
    )
  }

  /** Types commands; answers what they show. @throws {Error} with that, where one of them fails */
  async type(commands: string): Promise<string> {
    const mark = `done ${++this.count}`
    this.shell.stdin.write(`{\n${commands}\n} </dev/null\necho; echo ${mark}\n`)

    return this.screen.until(new RegExp(`^${mark}$`, 'm'))
  }

  /** Starts what goes on until it is stopped. */
  serve(commands: string): void {
    this.shell.stdin.end(`${commands}\n`)
  }

  /** Resolves once these lines are shown. */
  async shows(lines: string): Promise<void> {
    await this.screen.until(patternOf(lines))
  }

  async close(): Promise<void> {
    this.shell.kill('SIGTERM')
    await this.ended
  }
}

export const showsLines = (shown: string, lines: string) => patternOf(lines).test(shown)
