import assert from 'node:assert/strict'
import { idIn } from '../../packages/rachis/src/testing/conformance/positions'
import type { TestApp } from '../../packages/rachis/src/testing/test-app'
import type { Json, Person } from '../helpers/world'
import type { Told } from './judge'
import type { View } from './views'
import { findAll } from './views'

/** An event as it came over the wire. */
export interface Arrived {
  readonly name: string
  readonly data: Json
  /** The place of its change, where it says one. */
  readonly place?: number
  readonly subscription?: string
  /** A place that holds for everything before it. */
  readonly token?: string
}

/**
 * A client as docs/events.md describes one: it keeps records, and the last place that is complete; it goes on from there at any process,
 * and reads anew what it is told to. What arrives is applied later, so that it can be lost on the way.
 */
export abstract class Client {
  protected token?: string
  private applied = 0
  private readonly seen = new Map<string, number>()
  /** What it was told since it was last judged. */
  readonly told: Told[] = []
  resets = 0
  events = 0

  constructor(
    readonly name: string,
    /** The people as they are signed in now, by their names. */
    protected readonly people: Readonly<Record<string, Person>>,
    private readonly who: string,
    readonly views: readonly View[]
  ) {}

  get person(): Person {
    return this.people[this.who]!
  }
  protected get floor(): number {
    return this.token ? idIn(this.token) : 0
  }

  abstract readonly isOpen: boolean
  /** Opens the connection from the token on, or from now on where there is none. */
  protected abstract open(world: TestApp): Promise<void>
  protected abstract hangUp(): void
  /** What has come over this connection until now. */
  protected abstract arrived(): readonly Arrived[]
  /** Resolves once it was told, after the connection was opened, that it has everything up to this place. */
  protected abstract synced(place: number): Promise<void>

  /** Who is told of nothing is not told that it has everything either: it comes back to a process that has read up to this place. */
  async reached(place: number, world: TestApp) {
    await this.cut(world)
    for (let known = 0; known < place;) {
      const { headers } = await world.rest(this.people.admin!, 'GET', '/users?limit=0')
      known = idIn(headers.get('x-rachis-position')!)
    }
    await this.connect(world)
    await this.synced(place)
  }

  async connect(world: TestApp) {
    this.applied = 0
    for (const [key, place] of this.seen) if (place > this.floor) this.seen.delete(key)
    await this.open(world)
  }

  /** What it is told to read anew. */
  protected async readAnew(view: View, world: TestApp): Promise<string | undefined> {
    const { rows, position } = await findAll(world, this.person, view.path, view.query)
    view.fill(rows)

    return position
  }

  /** Cut after some of what has arrived was taken; the rest is lost, as if it had never come. */
  async cut(world: TestApp, count = Infinity, isQuiet = false) {
    const { isOpen } = this
    if (isOpen) await this.apply(world, count, isQuiet)
    this.hangUp()
  }

  /** @param isQuiet whether nobody's rights changed, so that no record is told of twice */
  async apply(world: TestApp, count = Infinity, isQuiet = false) {
    const events = this.arrived()
    const end = Math.min(events.length, this.applied + count)
    while (this.applied < end) {
      const index = this.applied++
      await this.take(events, index, world, isQuiet)
    }
  }

  private async take(events: readonly Arrived[], index: number, world: TestApp, isQuiet: boolean) {
    const event = events[index]!
    const [path, name] = event.name.split(' ') as [string, string?]
    if (name === 'reset') await this.reset(path, event, world)
    else if (name !== undefined) this.apart(events, index, { path, name, isQuiet })
    if (event.token) this.token = event.token
  }

  private async reset(path: string, { subscription }: Arrived, world: TestApp) {
    this.resets++
    const concerned = this.viewsOf(path, subscription)
    for (const view of concerned) await this.readAnew(view, world)
  }

  private viewsOf(path: string, subscription?: string): readonly View[] {
    return this.views.filter((view) => view.path === path && (subscription === undefined || view.subscription === subscription)) // prettier-ignore
  }

  private apart(events: readonly Arrived[], index: number, { path, name, isQuiet }: { path: string; name: string; isQuiet: boolean }) {
    const views = this.viewsOf(path, events[index]!.subscription)
    if (views.length === 0) return
    const { data, subscription } = events[index]!
    const place = events.slice(index).find((one) => one.place !== undefined)?.place
    this.events++
    if (place !== undefined) this.once(`${place} ${path} ${name} ${subscription} ${JSON.stringify(data)}`, place, isQuiet)
    this.told.push({ path, event: name, data, floor: this.floor, subscription })
    for (const view of views) view.take(name, data)
  } // prettier-ignore

  private once(key: string, place: number, isQuiet: boolean) {
    assert.ok(!isQuiet || !this.seen.has(key), `${this.name} was told twice: ${key}`)
    this.seen.set(key, place)
  }
}
