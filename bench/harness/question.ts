import type { ContenderName } from './contender'
import type { Databases } from './databases'

/** What one server needed for one request of one question. */
export interface Measure {
  /** CPU of the server's process, µs. */
  readonly cpu: number
  /** CPU of PostgreSQL for it, µs; NaN where PostgreSQL runs on another machine. */
  readonly databaseCpu: number
  readonly statements: number
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}
export type Results = ReadonlyMap<string, Measure>

export interface RunOptions {
  readonly databases: Databases
  readonly contenders: readonly ContenderName[]
  readonly rounds: number
  readonly seconds: number
  readonly progress: (line: string) => void
}

/** One file of this folder. */
export interface Question {
  readonly name: string
  /** What the CPU of Rachis may be, as a part of plain Feathers'. */
  readonly target: number
  run(options: RunOptions): Promise<Results>
}
