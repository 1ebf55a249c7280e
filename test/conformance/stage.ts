import type { Model } from '../../packages/rachis/src/model/model'
import { verify } from '../../packages/rachis/src/model/verify'
import { readableColumns } from '../../packages/rachis/src/rules/policy'
import type { Predicate } from '../../packages/rachis/src/declare/predicate'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { resources as shipped } from '../helpers/declared'
import type { Json, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { modelsOf, withTable } from './declarations'
import type { Dice } from './dice'
import { allowed, shownColumns, userOf } from './shown'
import { fill, Hand, isOfTheDoor } from './tables'
import type { Folding } from './watcher'
import { Watcher } from './watcher'

export const CAST = ['owner', 'stranger', 'manager', 'admin'] as const

/** Two processes on one database, people connected to both, and somebody with psql. */
export class Stage {
  readonly watchers: Watcher[] = []
  private last = 0

  private constructor(
    readonly models: readonly Model[],
    readonly worlds: readonly [World, World],
    readonly hand: Hand,
    /** Another connection, for looks from outside of a transaction. */
    readonly eye: Hand,
    readonly cast: Record<string, Person>
  ) {}

  static async open(
    extra: readonly AnyResource[],
    dice: Dice,
    rows = 8,
    only?: ReadonlySet<string>
  ): Promise<Stage> {
    verify([...shipped, ...extra])
    const models = withTable(modelsOf(extra)).filter(
      ({ name }) => name === 'users' || (only?.has(name) ?? true)
    )
    const first = await startWorld({ resources: extra })
    const second = await startWorld({ resources: extra, database: first.database })
    const cast = await first.cast()
    const hand = await Hand.to(first.database)
    const filled = models.filter((model) => !isOfTheDoor(model))
    await fill(hand, filled, dice, rows, Object.values(cast).flatMap(({ id }) => id ?? [])) // prettier-ignore

    return new Stage(models, [first, second], hand, await Hand.to(first.database), cast)
  }

  get readable(): Model[] {
    return this.models.filter(({ operations }) => operations.some(({ name }) => name === 'find'))
  }

  get castIds(): number[] {
    return Object.values(this.cast).flatMap(({ id }) => (id === undefined ? [] : [id]))
  }

  /** Somebody new at the door, whose events will be watched. */
  async watch(name: string, person: Person, world: World): Promise<Watcher> {
    const ignored = shipped.map(({ name, spec }) => spec.path ?? name).filter((path) => !this.readable.some((model) => model.path === path)) // prettier-ignore
    const watcher = new Watcher(name, person, await world.socket(person), this.readable, new Set(ignored))
    this.watchers.push(watcher)

    return watcher
  }

  /** One connection for each of the cast, and two for the owner: one at each process. */
  async watchAll() {
    const [first, second] = this.worlds
    const { owner, stranger, manager, admin } = this.cast as Record<(typeof CAST)[number], Person>
    await this.watch('anonymous', anonymous, first)
    await this.watch('owner', owner, first)
    await this.watch('owner elsewhere', owner, second)
    await this.watch('stranger', stranger, second)
    await this.watch('manager', manager, first)
    await this.watch('admin', admin, second)
    await this.begin()
  }

  async begin() {
    await this.settled()
    for (const watcher of this.watchers) {
      const user = await this.userOf(watcher.person)
      await watcher.begin(new Map(this.readable.map((model) => [model.path, readableColumns(model, user)])))
    }
    this.last = await this.position()
  }

  async position(): Promise<number> {
    const [row] = await this.eye.sql('select coalesce(max(id), 0)::int as id from changes')
    return row!.id
  }

  /** Lets the feeds see what is committed already while a transaction is open that may commit a lower id. */
  async lookAround() {
    for (const { app } of this.worlds) app.get('engine').feed.wake()
    await new Promise((resolve) => setTimeout(resolve, 30))
  }

  async settled() {
    for (const world of this.worlds) await world.settled()
  }

  /** What a person is to the rules now; nobody where they can no longer sign in. */
  userOf(person: Person): Promise<Json | null> {
    return userOf(this.eye, this.models, person)
  }

  /** The records that a rule holds for, for this user. */
  allowed(model: Model, rule: Predicate, user: object | null): Promise<unknown[]> {
    return allowed(this.worlds[0], model, rule, user)
  }

  /** The columns of each record that a user may read. */
  shown(model: Model, user: object | null): Promise<(id: unknown) => string[]> {
    return shownColumns(this.worlds[0], model, user)
  }

  /** Lists that may have changed since the last look. A change of rights may change what is seen of any. */
  private async touched(rightsChanged: boolean): Promise<Set<string>> {
    const names = await this.eye.sql('select distinct resource from changes where id > $1', [this.last])
    const isTouched = ({ name }: Model) => rightsChanged || names.some(({ resource }) => resource === name)

    return new Set(this.readable.filter(isTouched).map(({ path }) => path))
  }

  /** After all that was done so far: every connection's picture, kept by events alone, is what it would find now. */
  async agree({ rightsChanged = false, isLate = false }: Folding = {}) {
    await this.settled()
    const paths = await this.touched(rightsChanged)
    this.last = await this.position()
    for (const watcher of this.watchers) {
      await watcher.fold({ rightsChanged, isLate })
      await watcher.agrees(paths)
    }
  }

  async close() {
    await this.hand.end()
    await this.eye.end()
    await this.worlds[1].close(true)
    await this.worlds[0].close()
  }
}
