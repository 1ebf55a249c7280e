import type { Socket } from 'net'
import { Client } from 'pg'
import type { QueryConfig, QueryResult } from 'pg'
import type { Refusal } from '../errors/errors'
import { isConnectionSpent } from '../errors/errors'
import type { SingleStatement } from '../sql/database'
import type { Session, SessionConfig } from './session-config'
import { AnswerTimer } from './answer-timer'
import { NamedStatements } from './named-statements'
import { countOpen } from './open-clients'
import { DISCARDED, isStale } from './stale'

type Callback = (error: unknown, result?: QueryResult) => void
interface Query {
  readonly text: string
  readonly name?: string
  readonly callback?: Callback
}
type Send = (query: unknown) => Promise<QueryResult>

/** Parts of the driver that it does not declare. */
interface Internals {
  readonly connection: NodeJS.EventEmitter & { parsedStatements: Record<string, string>; stream: Socket }
  /** Knex takes a connection that has this no more from its pool. */
  __knex__disposed?: unknown
}

const BEGIN = /^\s*(begin|start\s+transaction)\b/i
const END = /^\s*(commit|end|rollback(?!\s*(work\s+|transaction\s+)?to\b)|abort)\b/i
/** What PostgreSQL runs outside of a transaction only, and what makes no sense through a pooler but fails by itself. */
const ALONE =
  /^\s*(vacuum|listen|unlisten|discard|deallocate|(create\s+(unique\s+)?|drop\s+|re)index\s+(\(.*\)\s*)?(table\s+|schema\s+)?concurrently|(create|drop)\s+database)\b/i

/** Long work, such as a migration, takes the limit off. */
const UNLIMITED = /^\s*set\s+local\s+statement_timeout\s*(=|to)\s*'?0\b/i
const FAREWELL = 1000 // milliseconds that a server is given to take note of the end of a connection

/** A text that begins a transaction, as that statement and what follows it: a library may send a whole transaction as one text. */
const split = (text: string): readonly [string, string] => {
  const at = text.indexOf(';')

  return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

const endsItself = (text: string): boolean => /\b(commit|end|rollback|abort)\s*;?$/i.test(split(text)[1])

/** The default isolation of a session cannot be relied on behind a pooler. */
const beginning = (text: string, { isPooled, begin }: Session): string => {
  const [bare, rest] = split(text)
  const isolated = isPooled && !/isolation/i.test(bare) ? `${bare} isolation level read committed` : bare

  return [isolated, begin, ...(rest ? [rest] : [])].join('; ')
}

const nameOf = (query: string | Query) => (typeof query === 'string' ? undefined : query.name)

/**
 * Within a transaction a stale name would end the transaction with all that it has done, and a pooler has prepared it elsewhere:
 * there statements have no name. Libraries that use the pool name theirs as well.
 */
const unnamed = ([first, ...rest]: readonly unknown[]): readonly unknown[] =>
  nameOf(first as string | Query) ? [{ ...(first as Query), name: undefined }, ...rest] : [first, ...rest]

/** In the forms that the driver's own `query` takes: a text or a query object, with values and a callback behind. */
const queryOf = ([first, ...rest]: readonly unknown[]): Query & Record<string, unknown> => {
  const [values, callback] = typeof rest[0] === 'function' ? [undefined, rest[0]] : rest
  const given = typeof first === 'string' ? { text: first } : (first as Record<string, unknown>)

  return { ...given, ...(values ? { values } : {}), callback } as Query & Record<string, unknown>
}

/**
 * A connection of the driver that keeps the program's session: a transaction begins with its settings, through a pooler each
 * statement does, and a connection that is of no more use is not given out again.
 */
export class SessionClient extends Client {
  readonly session: Session
  readonly openedAt = Date.now()
  private isInTransaction = false
  private isUnlimited = false
  private readonly answers = new AnswerTimer(
    () => this.limit(),
    () => this.onSilence()
  )
  private readonly statements: NamedStatements
  /** Through a pooler one statement of the caller's is three: what comes meanwhile waits. */
  private tail: Promise<unknown> = Promise.resolve()

  constructor({ session, ...config }: SessionConfig) {
    super(config)
    this.session = session
    this.statements = new NamedStatements(this, this.answers, session.statements)
    countOpen(this)
    this.once('end', () => this.answers.close())
    const internals = this as unknown as Internals
    internals.connection.on('errorMessage', (refusal: Refusal) => {
      if (!isConnectionSpent(refusal)) return
      internals.__knex__disposed ??= refusal
      session.onSpent?.(refusal)
    })
    // Looked up at each call, as the driver's own method would be.
    const send = (...args: unknown[]) => this.timed(args)
    const query = (...args: unknown[]) => this.route(args, send)
    this.query = (session.statements?.watched(query) ?? query) as unknown as Client['query']
  }

  /** Ends the connection; at once, where the server does not answer any more. */
  override end(): Promise<void>
  override end(callback: (error: Error) => void): void
  override end(callback?: (error: Error) => void): Promise<void> | void {
    const timer = setTimeout(() => this.destroy(), FAREWELL)
    this.once('end', () => clearTimeout(timer))

    return callback ? super.end(callback) : super.end()
  }

  private limit(): number {
    const { alone, within } = this.session.limits
    if (this.isInTransaction) return this.isUnlimited ? 0 : within

    return alone
  }

  private onSilence() {
    const internals = this as unknown as Internals
    const error = new Error('The database gave no answer in time')
    internals.__knex__disposed ??= error
    this.session.onSilent?.()
    this.destroy(error)
  }

  /** What runs fails at once: an end in order would wait for an answer. */
  private destroy(error?: Error) {
    ;(this as unknown as Internals).connection.stream.destroy(error)
  }

  /** The driver's own `query`, in each of its forms, with a limit to the waiting for its answer. */
  private timed(args: readonly unknown[]): unknown {
    const query = (...given: readonly unknown[]) => Reflect.apply(Client.prototype.query, this, given) as unknown // prettier-ignore
    const answered = () => this.answers.answered()
    const at = args.findIndex((arg) => typeof arg === 'function')
    this.answers.sent()
    if (at >= 0) {
      const callback = args[at] as Callback
      return query(...args.slice(0, at), (...given: Parameters<Callback>) => {
        answered()
        callback(...given)
      })
    }
    const result = query(...args)
    // A cursor or a copy, which says by itself when it is done.
    if (!(result instanceof Promise)) answered()
    else result.then(answered, answered)

    return result
  }

  /** Forgets which statements are prepared, where the server has forgotten them or should. */
  private async forgetPrepared(isKnownToServer: boolean): Promise<void> {
    if (isKnownToServer) await this.query('deallocate all')
    this.statements.forget()
    const { connection } = this as unknown as Internals
    for (const name of Object.keys(connection.parsedStatements)) delete connection.parsedStatements[name]
  }

  /** Whether statements may have a name now. */
  get prepares(): boolean {
    return this.session.prepares && !this.isInTransaction
  }

  /** The same as `query` for a statement with a name, where it may have one, by a shorter way. */
  async queryNamed<R>(name: string, statement: Omit<SingleStatement, 'effect'>): Promise<R[]> {
    try {
      return await this.statements.send<R>(name, statement)
    } catch (error) {
      return (await this.unprepared(statement as QueryConfig, error as Refusal)).rows as R[]
    }
  }

  private route(args: readonly unknown[], send: (...args: unknown[]) => unknown): unknown {
    const { session } = this
    const [first] = args as [string | Query]
    const text = typeof first === 'string' ? first : first.text
    // Cursors and copies send themselves; they are used within transactions only.
    if (text === undefined) return send(...args)
    if (BEGIN.test(text)) return this.begin(queryOf(args), send)
    if (END.test(text)) {
      const ended = send(...args)
      this.isInTransaction = false
      return ended
    }
    const isInside = this.isInTransaction
    if (UNLIMITED.test(text)) this.isUnlimited = true
    if (ALONE.test(text)) return send(...args)
    if (isInside) return send(...unnamed(args))
    if (session.isPooled) return this.wrapped(queryOf(unnamed(args)), send as Send)

    return nameOf(first) ? this.prepared(queryOf(args), send as Send) : send(...args)
  }

  /** Beginning waits for no lock: a connection that has gone is found out here by the shorter of the limits. */
  private begin({ callback, ...query }: Query, send: (...args: unknown[]) => unknown): unknown {
    const begun = { ...query, text: beginning(query.text, this.session) }
    const result = callback ? send(begun, callback) : send(begun)
    this.isInTransaction = !endsItself(query.text)
    this.isUnlimited = false

    return result
  }

  /**
   * A statement with a name. Where the server refuses it as stale the connection forgets all that it prepared, and the statement
   * runs as it stands. It can be repeated: a refused statement outside of a transaction has done nothing.
   */
  private prepared({ callback, ...query }: Query, send: Send): Promise<QueryResult> | void {
    const done = send(query).catch((error: Refusal) => this.unprepared(query, error))
    if (!callback) return done
    done.then((result) => callback(null, result), callback)
  }

  /** @throws the refusal, where it has another reason */
  private async unprepared(query: QueryConfig, refusal: Refusal): Promise<QueryResult> {
    if (!isStale(refusal)) throw refusal as unknown as Error
    await this.forgetPrepared(refusal.code !== DISCARDED)

    return this.query({ ...query, name: undefined })
  }

  /** A statement of its own as a transaction of its own, with the session's settings. */
  private wrapped({ callback, ...query }: Query, send: Send): Promise<QueryResult> | void {
    const run = async () => {
      await send(beginning('begin', this.session))
      const result = await send(query).catch(async (error: unknown) => {
        await send('rollback').catch(() => undefined)
        throw error
      })
      await send('commit')

      return result
    }
    const done = this.tail.then(run)
    this.tail = done.catch(() => undefined)
    if (!callback) return done
    done.then((result) => callback(null, result), callback)
  }
}
