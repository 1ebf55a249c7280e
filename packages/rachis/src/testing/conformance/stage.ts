import type { Predicate } from '../../declare/predicate'
import type { Model } from '../../model/model'
import { readableColumns } from '../../rules/policy'
import type { Dice } from '../dice'
import type { TestApp } from '../test-app'
import { anonymous } from '../wire'
import type { Json, Person } from '../wire'
import { castOf } from './cast'
import { allowed, shownColumns, userOf } from './shown'
import { fill, isOfSignIn, SqlConnection } from './tables'
import type { Folding } from './watcher'
import { Watcher } from './watcher'

export interface StageOptions {
  /** Starts the application on a new database, or a second process of it on that of the first. */
  readonly start: (database?: string) => Promise<TestApp>
  readonly dice: Dice
  /** Of each table at the beginning. */
  readonly rows?: number
  /** The names of the resources that are looked at, besides users; all by default. */
  readonly only?: ReadonlySet<string>
  /** One process in place of two. */
  readonly isAlone?: boolean
}

/** Two processes on one database, people connected to both, and somebody with psql. */
export class Stage {
  readonly watchers: Watcher[] = []
  private last = 0

  private constructor(
    readonly models: readonly Model[],
    /** The first of them are in this process. */
    readonly worlds: [TestApp, TestApp, ...TestApp[]],
    readonly hand: SqlConnection,
    /** Another connection, for looks from outside of a transaction. */
    readonly eye: SqlConnection,
    readonly cast: Record<string, Person>
  ) {}

  static async open({ start, dice, rows = 8, only, isAlone = false }: StageOptions): Promise<Stage> {
    const first = await start()
    const others = isAlone ? [] : [await start(first.database)]
    const models = first.app
      .get('engine')
      .models.filter(({ name, table }) => table && (name === 'users' || (only?.has(name) ?? true)))
    const cast = await castOf(first)
    const hand = await SqlConnection.to(first.database)
    const ids = Object.values(cast).flatMap(({ id }) => id ?? [])
    await fill(hand, models.filter((model) => !isOfSignIn(model)), dice, rows, ids) // prettier-ignore

    return new Stage(
      models,
      [first, ...others] as unknown as [TestApp, TestApp],
      hand,
      await SqlConnection.to(first.database),
      cast
    )
  }

  get readable(): Model[] {
    return this.models.filter(({ operations }) => operations.some(({ name }) => name === 'find'))
  }

  get castIds(): number[] {
    return Object.values(this.cast).flatMap(({ id }) => (id === undefined ? [] : [id]))
  }

  /** Connects somebody whose events will be compared with what they find. */
  async watch(name: string, person: Person, world: TestApp): Promise<Watcher> {
    const looked = new Set(this.readable.map(({ path }) => path))
    const ignored = world.app.get('engine').models.map(({ path }) => path).filter((path) => !looked.has(path)) // prettier-ignore
    const watcher = new Watcher(name, person, await world.socket(person), this.readable, new Set(ignored))
    this.watchers.push(watcher)

    return watcher
  }

  /** One connection for each of the cast, and two for the owner: one at each process. */
  async watchAll() {
    const [first, second = first] = this.worlds
    const { owner, ...others } = this.cast
    await this.watch('anonymous', anonymous, first)
    await this.watch('owner', owner!, first)
    await this.watch('owner elsewhere', owner!, second)
    for (const [index, person] of Object.values(others).entries())
      await this.watch(person.name, person, index % 2 === 0 ? second : first)
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
    for (const { app } of this.worlds) app?.get('engine').feed.wake()
    await new Promise((resolve) => setTimeout(resolve, 30))
  }

  async settled() {
    // Those of other processes have no application to look into.
    for (const world of this.worlds) if (world.app) await world.settled()
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

  /** The resources of what has changed behind a position. */
  private async changed(since: number): Promise<Set<string>> {
    const rows = await this.eye.sql('select distinct resource from changes where id > $1', [since])
    return new Set(rows.map(({ resource }) => resource as string))
  }

  /** Lists that may have changed. A change of rights may change what is seen of any. */
  private touched(changed: ReadonlySet<string>, rightsChanged: boolean): Set<string> {
    return new Set(
      this.readable.filter(({ name }) => rightsChanged || changed.has(name)).map(({ path }) => path)
    )
  }

  /** After all that was done so far: every connection's picture, kept by events alone, is what it would find now. */
  async agree(folding: Folding = {}, since = this.last): Promise<void> {
    const position = (this.last = await this.position())
    const paths = await this.fold(since, folding)
    try {
      for (const watcher of this.watchers) await watcher.agrees(paths)
    } catch (error) {
      // Workers write too, such as that of webhooks: what they wrote between the events and the find is looked at once more.
      if ((await this.position()) === position) throw error
      await this.agree(folding, since)
    }
  }

  /** Applies what was told of all that is committed; answers the lists that may have changed. */
  private async fold(since: number, { rightsChanged: isTold = false, isLate = false }: Folding) {
    await this.settled()
    const changed = await this.changed(since)
    // Whoever gains or loses a membership gains or loses records of any resource whose rules ask for it.
    const rightsChanged = isTold || this.models.some(({ name, members }) => members.length > 0 && changed.has(name)) // prettier-ignore
    for (const watcher of this.watchers) await watcher.fold({ rightsChanged, isLate })

    return this.touched(changed, rightsChanged)
  }

  async close() {
    await this.hand.end()
    await this.eye.end()
    for (const world of this.worlds.slice(1)) await world.close(true)
    await this.worlds[0].close()
  }
}
