import type { FromReader, ToReader } from './feed/handed'

/** Set in the environment of the processes that `WEB_CONCURRENCY` starts. */
export const WORKER = 'RACHIS_WORKER'
/** Its value for one that starts while others serve the port, as in place of one that has ended. */
export const BESIDE_OTHERS = 'beside-others'

/** The metrics of each registry of a worker, as prom-client writes them. */
export type Measured = readonly (readonly object[])[]

/** What a worker tells the process that has started it. */
export type FromWorker =
  | { readonly rachis: 'serving'; readonly port: number; readonly logins: Logins }
  | { readonly rachis: 'metrics'; readonly id: number }
  /** From now on it answers `measure`. */
  | { readonly rachis: 'measures' }
  /** Undefined where it could not be read. */
  | { readonly rachis: 'measured'; readonly id: number; readonly measured: Measured | undefined }
  | { readonly rachis: 'feed'; readonly message: ToReader }

interface Metrics {
  readonly rachis: 'metrics'
  readonly id: number
  /** Undefined where they could not be collected. */
  readonly exposition?: { readonly type: string; readonly text: string }
}

/** What it is answered. */
export type ToWorker =
  Metrics | { readonly rachis: 'measure'; readonly id: number } | ({ readonly rachis: 'feed' } & FromReader)

/** Logins that are printed with the addresses. */
export type Logins = readonly { readonly email: string; readonly password: string; readonly role: string }[]
