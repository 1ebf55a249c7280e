import { setTimeout as pause } from 'timers/promises'
import { repeated } from '../errors/errors'

/** How far an attempt is: percent, or how much of how much is done, in any unit. What a report does not name stays as it was. */
export type ProgressReport =
  number | { readonly done?: number; readonly total?: number; readonly message?: string }

/** What is kept of the reports of one attempt. */
export interface Standing {
  readonly progress: number | null
  readonly done: number | null
  readonly total: number | null
  readonly message: string | null
}

export const NOTHING_YET: Standing = { progress: null, done: null, total: null, message: null }

/** Milliseconds between two writes for one attempt. */
const INTERVAL = 500

/** A whole number within bounds; null for what is no number. */
const whole = (value: number, most: number): number | null =>
  Number.isNaN(value) ? null : Math.floor(Math.min(Math.max(value, 0), most))

const count = (given: number | undefined, before: number | null): number | null =>
  given === undefined ? before : whole(given, Number.MAX_SAFE_INTEGER)

/** PostgreSQL takes no U+0000. */
const line = (given: string | undefined, before: string | null): string | null =>
  given === undefined ? before : repeated(given.replaceAll('\0', ''))

/**
 * The standing after a further report. Values out of their bounds are cut, since nobody's work should fail for them.
 *
 * @example reported(NOTHING_YET, { done: 3, total: 8 }).progress // 37
 */
export const reported = (before: Standing, report: ProgressReport): Standing => {
  if (typeof report === 'number') return { ...before, progress: whole(report, 100), done: null, total: null }
  const done = count(report.done, before.done)
  const total = count(report.total, before.total)
  const progress = done !== null && total ? whole((done / total) * 100, 100) : before.progress

  return { progress, done, total, message: line(report.message, before.message) }
}

export interface ReporterOptions {
  write(standing: Standing): Promise<unknown>
  onError(error: unknown): void
}

/** Takes the reports of one attempt and writes the latest of them, twice a second at most. */
export class Reporter {
  private standing = NOTHING_YET
  private isDue = false
  private isWriting = false
  private isClosed = false

  constructor(private readonly options: ReporterOptions) {}

  /** What is reported once the attempt has ended is of no concern to anybody. */
  report(report: ProgressReport): void {
    if (this.isClosed) return
    this.standing = reported(this.standing, report)
    this.isDue = true
    if (!this.isWriting) void this.writeAll()
  }

  /** Writes no more. Whoever records the end of the attempt writes what is answered here. */
  close(): Standing {
    this.isClosed = true

    return this.standing
  }

  private async writeAll() {
    this.isWriting = true
    while (this.isDue && !this.isClosed) {
      this.isDue = false
      const written = this.options.write(this.standing).catch((error: unknown) => this.options.onError(error))
      await Promise.all([written, pause(INTERVAL, undefined, { ref: false })])
    }
    this.isWriting = false
  }
}
