import type { Profiler } from 'inspector'
import type { ContenderName } from './contender'
import type { Databases } from './databases'
import type { Server } from './server'

/** What one server needed for one request of one question. */
export interface Measure {
  /** CPU of the server's process, µs. */
  readonly cpu: number
  /** The least of all rounds, µs, where there are several: what disturbs the machine only ever adds. */
  readonly leastCpu?: number
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

/** What is printed as one line. */
export interface Answer {
  readonly name: string
  /** What the CPU of Rachis may be, as a part of plain Feathers'. */
  readonly target?: number
  readonly results: Results
  /** What a contender did wrong while it was measured: its figures are printed, and are not those of the whole task. */
  readonly problems?: readonly string[]
}
/** One file of this folder. */
export interface Question {
  readonly name: string
  run(options: RunOptions): Promise<readonly Answer[]>
}
/** One that is a load of requests. */
export interface LoadQuestion extends Question {
  /** Asks a server for some seconds, so that what is measured afterwards is compiled and cached. */
  warmUp(server: Server, databaseUrl: string): Promise<void>
  profile(contender: ContenderName, options: RunOptions): Promise<Profiler.Profile>
}
