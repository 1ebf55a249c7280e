import type { Socket } from 'net'
import { Client } from 'pg'
import type { Refusal } from '../errors/errors'
import { isConnectionSpent } from '../errors/errors'
import type { SingleStatement } from '../sql/database'
import { AnswerTimer } from './answer-timer'
import { NamedStatements } from './named-statements'
import { countOpen } from './open-clients'
import type { Session, SessionConfig } from './session-config'
import { isStale } from './stale'

/** Parts of the driver that it does not declare. */
interface Internals {
  readonly connection: { readonly stream: Socket }
}

/**
 * Milliseconds that a statement waits at most for those in front of it, as far as one can tell beforehand. One connection does one statement
 * after the other: where each of them waits for the disk, the pool does as many at once as it has connections.
 */
const WAIT = 20
/** Milliseconds that a statement is taken to need until some have been answered. */
const FIRST_PACE = 1
/** The part of one answer in the mean of the last ones. */
const WEIGHT = 1 / 16
/** Milliseconds that a server is given to take note of the end of a connection. */
const FAREWELL = 1000

/**
 * A connection on which statements are sent before those in front of them are answered. What is sent within one turn of the event loop
 * is written to the socket at once: each write of its own is a call of the system, which costs more than anything else here.
 */
export class PipelinedConnection {
  readonly openedAt = Date.now()
  private readonly client: Client
  private readonly session: Session
  private readonly statements: NamedStatements
  private depth = 0
  private isCorked = false
  /** When the statement at the front came to the front, by the clock of `performance`. */
  private since = 0
  /** Milliseconds that the last statements needed each, once they were at the front. */
  private pace = FIRST_PACE
  private canTake = false
  private gaveNoAnswer = false

  /** @param limit milliseconds in which the server answers a statement; 0 for any */
  constructor({ session, ...config }: SessionConfig, limit: number) {
    this.client = new Client({ ...config, pipeline: true })
    countOpen(this.client)
    const answers = new AnswerTimer(
      () => limit,
      () => this.onSilence()
    )
    this.statements = new NamedStatements(this.client, answers, session.statements)
    this.session = session
    // Each statement that was under way is told of the same error.
    this.client.on('error', () => this.retire())
    this.client.on('end', () => {
      this.canTake = false
      answers.close()
    })
  }

  async open(): Promise<void> {
    await this.client.connect()
    this.canTake = true
  }

  /** Whether another statement would be done soon: fewer than `most` are under way, and they leave the front soon. */
  takes(most: number): boolean {
    return this.canTake && this.depth < most && (this.depth === 0 || this.isQuick())
  }

  private isQuick(): boolean {
    return this.depth * this.pace < WAIT && performance.now() - this.since < WAIT
  }

  /** Whether it takes statements at all. */
  get isOpen(): boolean {
    return this.canTake
  }

  /** Whether it was given up since an answer did not come: whoever waited for it has waited long enough. */
  get isSilent(): boolean {
    return this.gaveNoAnswer
  }

  /** Takes no more statements, and is closed when those that it has are answered. */
  retire() {
    if (!this.canTake) return
    this.canTake = false
    if (this.depth === 0) this.end()
  }

  /** A server that does not take note of the end would keep the process from ending. */
  private end() {
    const timer = setTimeout(() => this.destroy(), FAREWELL)
    this.client.once('end', () => clearTimeout(timer))
    this.client.end().catch(() => undefined)
  }

  /** @throws the refusal of the server, or the error of the connection */
  send<R>(name: string, statement: SingleStatement): Promise<R[]> {
    if (this.depth++ === 0) this.since = performance.now()
    this.gather()

    return this.statements.send<R>(name, statement, (error) => this.answered(error))
  }

  private answered(error: Refusal | null) {
    const now = performance.now()
    this.depth--
    this.pace += (now - this.since - this.pace) * WEIGHT
    this.since = now
    if (!this.canTake && this.depth === 0) this.end()
    if (!error) return
    const isSpent = isConnectionSpent(error)
    if (isSpent) this.session.onSpent?.(error)
    // A stale name would be refused again and again: a new connection has none.
    if (isSpent || isStale(error)) this.retire()
  }

  /** Holds what is written back until the events that have arrived by now are handled. */
  private gather() {
    if (this.isCorked) return
    const { stream } = (this.client as unknown as Internals).connection
    this.isCorked = true
    stream.cork()
    setImmediate(() => {
      this.isCorked = false
      stream.uncork()
    })
  }

  private onSilence() {
    this.gaveNoAnswer = true
    this.session.onSilent?.()
    this.destroy(new Error('The database gave no answer in time'))
  }

  private destroy(error?: Error) {
    this.canTake = false
    ;(this.client as unknown as Internals).connection.stream.destroy(error)
  }
}
