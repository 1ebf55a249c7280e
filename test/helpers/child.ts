import { fork } from 'node:child_process'
import type { ChildProcess, ForkOptions } from 'node:child_process'
import { RUN } from './runtime'

/**
 * Another process that runs a script of the tests. It ends with the channel to this one, however this one ends, because the
 * script says {@link endWithParent}; where a test fails, {@link killAll} in `after` ends it.
 */
export class Children {
  private readonly started: ChildProcess[] = []

  start(script: string, args: readonly string[], options: ForkOptions = {}): ChildProcess {
    const child = fork(script, args, { execArgv: RUN, ...options })
    this.started.push(child)

    return child
  }

  killAll(): void {
    for (const child of this.started) child.kill('SIGKILL')
  }
}

/** Called by a process that would otherwise outlive the one that started it. */
export const endWithParent = (): void => {
  process.once('disconnect', () => process.exit())
}
