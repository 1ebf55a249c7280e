import { randomUUID } from 'crypto'
import type { Settings } from '../../declare/declarations'
import type { Model } from '../../model/model'
import type { Dice } from '../dice'
import { dropDatabase } from '../databases'
import type { EventRecorder } from '../event-recorder'
import type { Partly } from '../../settings/merge'
import type { TestApp } from '../test-app'
import type { Json, Person } from '../wire'
import { castOf } from './cast'
import { cloneDatabase, fill, isOfSignIn, SqlConnection } from './tables'

/** A token of the one is good for the other, and pages have the same cursors. No other twins have it: what a Redis counts is kept apart by it. */
const secretOfTwins = () => `one-that-both-twins-know-of-${randomUUID()}`

/** Attempts in the one world must not count in the other: the second has keys of its own in the Redis that they share. */
const redisOfTwin = (redis_url: string): Partly<Settings> => {
  if (!redis_url) return {}
  const url = new URL(redis_url)
  url.searchParams.set('keyPrefix', `twin:${randomUUID()}:`)

  return { redis_url: url.toString() }
}

export interface TwinOptions {
  /** Starts the application on a new database, or on this one. */
  readonly start: (config: Partly<Settings>, database?: string) => Promise<TestApp>
  readonly dice: Dice
  /** Of each table. */
  readonly rows: number
  /** SQL that changes what is copied, while no process of the application runs. */
  readonly change?: string
}

/** Two worlds that begin as one: the same people with the same tokens, the same records with the same ids and times. */
export class Twins {
  private readonly sockets = new Map<string, EventRecorder>()

  private constructor(
    readonly models: readonly Model[],
    readonly worlds: readonly [TestApp, TestApp],
    readonly hands: readonly [SqlConnection, SqlConnection],
    readonly cast: Record<string, Person>
  ) {}

  static async open({ start, dice, rows, change = '' }: TwinOptions): Promise<Twins> {
    const config = { secret_key: secretOfTwins() }
    const origin = await start(config)
    const { models } = origin.app.get('engine')
    const cast = await castOf(origin)
    const hand = await SqlConnection.to(origin.database)
    const filled = models.filter((model) => model.table && !isOfSignIn(model))
    await fill(hand, filled, dice, rows, Object.values(cast).flatMap(({ id }) => id ?? [])) // prettier-ignore
    await origin.close(true)
    await hand.sql(change)
    await hand.end()
    // Both are copies, which have a history of the feed of their own: whoever is told of that is told in both.
    const databases = [await cloneDatabase(origin.database), await cloneDatabase(origin.database)] as const
    await dropDatabase(origin.database)
    const other = { ...config, ...redisOfTwin(origin.app.get('redis_url')) }
    const worlds = [await start(config, databases[0]), await start(other, databases[1])] as const
    for (const world of worlds) await world.settled()
    const hands = [await SqlConnection.to(databases[0]), await SqlConnection.to(databases[1])] as const

    return new Twins(models, worlds, hands, cast)
  }

  /** One socket a person and world, opened at its first use; another each time where a call may sign it in as somebody else. */
  async socket(person: Person, which: 0 | 1, { isSpent = false } = {}): Promise<EventRecorder> {
    if (isSpent) return this.worlds[which].socket(person)
    const key = `${which} ${person.name}`
    const known = this.sockets.get(key) ?? (await this.worlds[which].socket(person))
    this.sockets.set(key, known)

    return known
  }

  async close() {
    for (const hand of this.hands) await hand.end()
    for (const world of this.worlds) await world.close()
  }
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|\+00:00)$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** Each database has an epoch of the feed of its own, which names the changes that events of security come from. */
const EPOCH = /^change\/[^.]+\./
/** Webhooks are named by them as well. */
const EVENT_ID = /^msg_[\w-]{20,}$/
const SECRETS = ['access_token', 'refresh_token', 'accessToken', 'ticket']

const HOUR = 3_600_000
/** Ends that a call sets are at most so much later. */
const LATEST = 48 * HOUR

/** Whether it is the time of a call that began after another one, or an end that is set by it, a number of hours later. */
const isOfNow = (time: number, since: number) =>
  time >= since && time < Date.now() + LATEST && (time - since) % HOUR < Date.now() + 1000 - since

/** Texts that differ between two runs of one call: the time of the call, ids made by chance, the epoch of a feed. */
const comparableText = (text: string, since: number, known: ReadonlySet<unknown>): string => {
  const time = TIME.test(text) ? Date.parse(text) : NaN
  if (isOfNow(time, since)) return '<now>'
  if (UUID.test(text) && !known.has(text)) return '<uuid>'
  if (EVENT_ID.test(text)) return '<event>'

  return text.replace(EPOCH, 'change/<epoch>.')
}

/** An answer without what must differ between two runs: the time of the call, trace ids, tokens, and ids made by chance. */
export const comparable = (known: ReadonlySet<unknown>) => {
  const since = Date.now() - 1000
  const of = (value: unknown): unknown => {
    if (typeof value === 'string') return comparableText(value, since, known)
    if (Array.isArray(value)) return value.map(of)
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value as Json).filter(([name]) => name !== 'trace_id')

    return Object.fromEntries(entries.map(([name, inner]) => [name, ofEntry(name, inner)]))
  }
  const ofEntry = (name: string, value: unknown): unknown => {
    if (SECRETS.includes(name)) return '<token>'
    // A query string has only texts.
    return name === 'provided' ? String(value) : of(value)
  }

  return of
}
