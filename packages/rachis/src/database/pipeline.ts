import { isUnreachable } from '../errors/errors'
import type { Refusal } from '../errors/errors'
import type { SingleStatement } from '../sql/database'
import { PipelinedConnection } from './pipelined-connection'
import type { SessionConfig } from './session-config'
import { isStale } from './stale'

/** Statements that are under way at most; more take the pool, where they run beside each other. */
const MOST = 64
/** Milliseconds in which the server answers here, whatever the settings allow a statement of the pool: its own limit is a fraction of that. */
const ANSWERED = 5000
/** Milliseconds between two attempts to open the connection, and for which it is left alone after the server has ended a statement. */
const PAUSE = 1000

/**
 * Limits of the pipelined connection, in seconds. Whatever waits for a lock or takes longer is ended by the server, and runs on the
 * pool with the limits of the settings, so that it does not hold up those behind it.
 */
export const PIPELINE_LIMITS = { lock_timeout: 0.01, read_timeout: 0.1 }
/** The refusals of these limits. */
const ENDED: readonly unknown[] = ['55P03', '57014']

export interface PipelineOptions {
  /** The session of the program, with the limits of the pipelined connection. */
  readonly config: () => Promise<SessionConfig>
  /** Milliseconds that the server gives a statement of the pool; 0 for any. */
  readonly limit: number
  /** Whether a connection that was opened then leads to the database that is used now. */
  readonly isUsable: (connection: { readonly openedAt: number }) => boolean
}

/**
 * A connection on which single reads are sent before those in front of them are answered, so that many share a call of the system in
 * each direction. Writes do not come here: each of them waits for the disk, so one connection would do them one by one.
 */
export class Pipeline {
  private connection?: PipelinedConnection
  private isOpening = false
  private isClosed = false
  private opensAgainAt = 0
  private restsUntil = 0
  /** Single reads since the start, by what has answered them. */
  readonly reads = { pipeline: 0, pool: 0 }

  constructor(private readonly options: PipelineOptions) {}

  /**
   * Sends a read, or does not take it.
   *
   * @param name under which the statement is prepared; one that has none, since there are too many, is left to the pool
   * @returns its rows; undefined where the statement is to be run on the pool
   */
  async send<R>(name: string | undefined, statement: SingleStatement): Promise<R[] | undefined> {
    const connection = name === undefined ? undefined : this.free()
    const rows = connection && (await this.sendOn<R>(connection, name!, statement))
    this.reads[rows ? 'pipeline' : 'pool']++

    return rows
  }

  /** Whether the connection is there. */
  get isOpen(): boolean {
    return this.connection?.isOpen ?? false
  }

  private async sendOn<R>(
    connection: PipelinedConnection,
    name: string,
    statement: SingleStatement
  ): Promise<R[] | undefined> {
    try {
      return await connection.send<R>(name, statement)
    } catch (error) {
      if (this.isEnded(error as Refusal)) this.restsUntil = Date.now() + PAUSE
      else if (!this.isRepeated(error as Refusal, connection)) throw error
      return undefined
    }
  }

  /** Where a table is locked the next statements would wait for it, too, and all others behind them. */
  private isEnded({ code }: Refusal): boolean {
    return ENDED.includes(code)
  }

  /** One connection that is lost would fail all that share it, where the pool fails one: a read has changed nothing, and is asked again. */
  private isRepeated(error: Refusal, { isSilent }: PipelinedConnection): boolean {
    return isStale(error) || (isUnreachable(error) && !isSilent)
  }

  close() {
    this.isClosed = true
    this.connection?.retire()
  }

  /** The connection, where it takes a statement; it is opened for who asks first, who does not wait for that. */
  private free(): PipelinedConnection | undefined {
    const { connection } = this
    if (connection?.isOpen && this.options.isUsable(connection))
      return connection.takes(MOST) && Date.now() >= this.restsUntil ? connection : undefined
    connection?.retire()
    if (!this.isOpening && !this.isClosed && Date.now() >= this.opensAgainAt) void this.open()

    return undefined
  }

  private async open() {
    this.isOpening = true
    this.opensAgainAt = Date.now() + PAUSE
    try {
      const config = await this.options.config()
      // A pooler may hand each statement to another session.
      if (!config.session.prepares) return this.close()
      const connection = new PipelinedConnection(config, Math.min(this.options.limit || ANSWERED, ANSWERED))
      this.connection = connection
      await connection.open()
      if (this.isClosed) connection.retire()
    } catch {
      // The pool meets the same, and tells of it.
    } finally {
      this.isOpening = false
    }
  }
}
