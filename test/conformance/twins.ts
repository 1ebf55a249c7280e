import type { Model } from '../../packages/rachis/src/model/model'
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Json, Listener, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { dropDatabase } from '../helpers/database'
import { modelsOf, withTable } from './declarations'
import type { Dice } from './dice'
import { cloneDatabase, fill, Hand, isOfTheDoor } from './tables'

/** A token of the one is good for the other. */
const settings = { secret_key: 'one-that-both-twins-know-of-32-letters' }

/** Two worlds that begin as one: the same people with the same tokens, the same records with the same ids and times. */
export class Twins {
  private readonly sockets = new Map<string, Listener>()

  private constructor(
    readonly models: readonly Model[],
    readonly worlds: readonly [World, World],
    readonly hands: readonly [Hand, Hand],
    readonly cast: Record<string, Person>
  ) {}

  static async open(extra: readonly AnyResource[], dice: Dice, rows: number): Promise<Twins> {
    const models = modelsOf(extra)
    const origin = await startWorld({
      settings,
      resources: extra
    })
    const cast = await origin.cast()
    const hand = await Hand.to(origin.database)
    const filled = withTable(models).filter((model) => !isOfTheDoor(model))
    await fill(hand, filled, dice, rows, Object.values(cast).flatMap(({ id }) => id ?? [])) // prettier-ignore
    await hand.end()
    await origin.close(true)
    const twin = await cloneDatabase(origin.database)
    const open = (database: string) =>
      startWorld({
        settings,
        resources: extra,
        database
      })
    const worlds = [await open(origin.database), await open(twin)] as const

    return new Twins(models, worlds, [await Hand.to(origin.database), await Hand.to(twin)], cast)
  }

  /** One socket a person and world, opened at its first use; another each time where a call may sign it in as somebody else. */
  async socket(person: Person, which: 0 | 1, { isSpent = false } = {}): Promise<Listener> {
    if (isSpent) return this.worlds[which].socket(person)
    const key = `${which} ${person.name}`
    const known = this.sockets.get(key) ?? (await this.worlds[which].socket(person))
    this.sockets.set(key, known)

    return known
  }

  async close() {
    for (const hand of this.hands) await hand.end()
    for (const world of this.worlds) await world.close()
    await dropDatabase(this.worlds[1].database)
  }
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|\+00:00)$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/
const SECRETS = ['access_token', 'refresh_token', 'accessToken']

/** An answer without what must differ between two runs: the time of the call, trace ids, tokens, and ids made by chance. */
export const comparable = (known: ReadonlySet<unknown>) => {
  const since = Date.now() - 1000
  const of = (value: unknown, key?: string): unknown => {
    if (key !== undefined && SECRETS.includes(key)) return '<token>'
    // A query string has only texts.
    if (key === 'provided') return String(value)
    if (typeof value === 'string' && TIME.test(value) && Date.parse(value) >= since && Date.parse(value) < Date.now() + 1000) return '<now>' // prettier-ignore
    if (typeof value === 'string' && UUID.test(value) && !known.has(value)) return '<uuid>'
    if (Array.isArray(value)) return value.map((item) => of(item))
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value as Json).filter(([name]) => name !== 'trace_id')

    return Object.fromEntries(entries.map(([name, inner]) => [name, of(inner, name)]))
  }

  return of
}
