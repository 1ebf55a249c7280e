import type { Logger } from './util/logger'

export interface LifetimeOptions {
  /** Stops everything in order; called once. */
  readonly stop: () => Promise<void>
  /** Cuts what is still waited for, where somebody asks a second time. */
  readonly hurry: () => void
  /** Milliseconds after which the process ends even though `stop` has not finished. */
  readonly deadline: number
  readonly logger: Logger
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']
/** A terminal's Ctrl-C reaches the process twice under npm: from the terminal and passed on by npm. */
const SAME_REQUEST = 1000
/** Milliseconds between looks for the parent. */
const LOOK = 1000

/**
 * What ends the process. A signal, and the end of the npm that started it, stop it in order. A promise that nobody handles is logged,
 * and everything else goes on. After an exception that nobody caught the state of the program is not known, so it stops in order
 * and says so by exit code 1.
 *
 * @see https://nodejs.org/api/process.html#warning-using-uncaughtexception-correctly
 */
export class Lifetime {
  private since?: number

  constructor(private readonly options: LifetimeOptions) {}

  get isEnding(): boolean {
    return this.since !== undefined
  }

  watch() {
    for (const signal of SIGNALS) process.on(signal, () => void this.end(signal))
    const { logger } = this.options
    process.on('unhandledRejection', (err) => logger.error({ err }, 'A rejected promise was not handled'))
    process.on('uncaughtException', (err) => {
      logger.fatal({ err }, 'An exception was not caught')
      void this.end('uncaughtException', 1)
    })
    // The log of a full disk, or of a terminal that is gone, is lost; the requests go on.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
    if (process.env.npm_lifecycle_event) this.watchParent()
  }

  /** npm that is killed outright passes no signal on. A server that was started in another way may outlive its parent. */
  private watchParent() {
    const parent = process.ppid
    const timer = setInterval(() => {
      if (isGone(parent)) void this.end('The process that started this one has ended')
    }, LOOK)
    timer.unref()
  }

  private async end(reason: string, code = 0): Promise<void> {
    const { stop, hurry, deadline, logger } = this.options
    if (this.since !== undefined) {
      if (Date.now() - this.since > SAME_REQUEST) hurry()
      return
    }
    this.since = Date.now()
    logger.info(`${reason}: stopping`)
    setTimeout(() => process.exit(1), deadline).unref()
    await stop().catch((err: unknown) => {
      logger.error({ err }, 'Stopping failed')
      code = 1
    })
    process.exit(code)
  }
}

/** On POSIX an orphan gets another parent; Windows keeps the number of the one that has ended. */
const isGone = (parent: number): boolean => {
  if (process.ppid !== parent) return true
  if (process.platform !== 'win32') return false
  try {
    return !process.kill(parent, 0)
  } catch {
    return true
  }
}
