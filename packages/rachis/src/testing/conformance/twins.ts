import type { Settings } from '../../declare/declarations'
import type { Model } from '../../model/model'
import type { Dice } from '../dice'
import type { EventRecorder } from '../event-recorder'
import type { Partly } from '../../settings/merge'
import type { TestApp } from '../test-app'
import type { Json, Person } from '../wire'
import { castOf } from './cast'
import { cloneDatabase, fill, isOfSignIn, SqlConnection } from './tables'

/** A token of the one is good for the other. */
const config = { secret_key: 'one-that-both-twins-know-of-32-letters' }

export interface TwinOptions {
  /** Starts the application on a new database, or on this one. */
  readonly start: (config: Partly<Settings>, database?: string) => Promise<TestApp>
  readonly dice: Dice
  /** Of each table. */
  readonly rows: number
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

  static async open({ start, dice, rows }: TwinOptions): Promise<Twins> {
    const origin = await start(config)
    const { models } = origin.app.get('engine')
    const cast = await castOf(origin)
    const hand = await SqlConnection.to(origin.database)
    const filled = models.filter((model) => model.table && !isOfSignIn(model))
    await fill(hand, filled, dice, rows, Object.values(cast).flatMap(({ id }) => id ?? [])) // prettier-ignore
    await hand.end()
    await origin.close(true)
    const databases = [origin.database, await cloneDatabase(origin.database)] as const
    const worlds = [await start(config, databases[0]), await start(config, databases[1])] as const
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
