import assert from 'node:assert/strict'
import { Deeds } from '../../packages/rachis/src/testing/conformance/deeds'
import { Dice } from '../../packages/rachis/src/testing/dice'
import { Stage } from '../conformance/stage'
import { SqlConnection } from '../../packages/rachis/src/testing/conformance/tables'
import type { Json } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import type { Client } from './client'
import type { Doing } from './doings'
import { doSomething } from './doings'
import { drawnBy } from './drawn'
import { History } from './history'
import { judge } from './judge'
import { Processes } from './processes'
import { SETTINGS } from './settings'
import { PlainClient, SubscribingClient } from './socket-client'
import { StreamClient } from './stream-client'
import { drawnView, findAll, View } from './views'

/** Milliseconds that one client may take to get what it missed: far beyond what it takes on a machine that is busy with other work. */
const PATIENCE = 60_000

/** @throws {Error} that says what has not come about, in place of a test that runs into its end */
const inTime = async <T>(what: string, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${PATIENCE / 1000} s`)), PATIENCE)
  })

  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

const READERS = ['anonymous', 'owner', 'stranger', 'manager', 'admin']
const byId = (rows: Iterable<Json>) => [...rows].sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))

/** One story: what was declared, who reads it how, and everything that happens to them. */
export class Story {
  private readonly history: History
  private readonly models: ReadonlyMap<string, Stage['models'][number]>
  private readonly clients: Client[]

  private constructor(
    private readonly stage: Stage,
    private readonly processes: Processes,
    private readonly doing: Doing
  ) {
    this.history = new History(stage.eye, stage.models)
    this.models = new Map(stage.models.map((model) => [model.path, model]))
    stage.cast.anonymous ??= anonymous
    this.clients = READERS.flatMap((who) => this.drawn(who))
  }

  static async open(seed: number, children: number, log: string[]): Promise<Story> {
    const [dice, extra] = [new Dice(seed), drawnBy(seed)]
    const only = new Set(['tasks', 'products', ...extra.map(({ name }) => name)])
    const start = (url?: string) => startWorld({ resources: extra, database: url, settings: SETTINGS })
    const stage = await Stage.open({ start, dice, rows: 6, only, isAlone: true })
    const { database } = stage.worlds[0]
    const processes = new Processes(seed, database, stage.worlds)
    await processes.start(children)
    const hands = [stage.hand, await SqlConnection.to(database)] as const
    const [row] = await stage.eye.sql('show max_prepared_transactions')
    const hasPrepared = Number(row!.max_prepared_transactions) > 0
    const deeds = new Deeds(stage, dice, log)

    return new Story(stage, processes, { stage, deeds, dice, log, hands, processes, hasPrepared })
  }

  private drawn(who: string): Client[] {
    const { dice, stage } = this.doing
    // Two views that ask the same are one subscription, whose events nobody could tell apart.
    const views = (count: number) => {
      const drawn = Array.from({ length: count }, () => drawnView(dice, dice.pick(stage.readable), stage.cast[who]!)) // prettier-ignore
      return [...new Map(drawn.map((view) => [JSON.stringify([view.path, view.query]), view])).values()]
    }
    const all = () => stage.readable.map(({ path }) => new View(path, {}))
    const tasks = [new View('tasks', { status: 'pending' })]
    const narrow = who === 'anonymous' ? [] : [new StreamClient(`${who} by a narrow stream`, stage.cast, who, tasks, true)] // prettier-ignore

    return [
      new StreamClient(`${who} by a stream`, stage.cast, who, all(), false),
      new PlainClient(`${who} by a socket`, stage.cast, who, all()),
      new SubscribingClient(`${who} by subscriptions`, stage.cast, who, views(4)),
      ...narrow
    ]
  }

  get events(): number {
    return this.clients.reduce((sum, { events }) => sum + events, 0)
  }
  get resets(): number {
    return this.clients.reduce((sum, one) => sum + one.resets, 0)
  }

  async begin() {
    await this.stage.settled()
    await this.history.load()
    for (const client of this.clients) {
      await this.connect(client)
    }
    await this.settle(false)
  }

  private async connect(client: Client) {
    const world = this.doing.dice.pick(this.stage.worlds)
    await client.connect(world).catch(async () => {
      await client.cut(this.stage.worlds[0], 0)
      await client.connect(this.stage.worlds[0])
    })
  }

  /** Some writes, meanwhile some cuts and perhaps a process that goes; then every client has what it would find. */
  async batch() {
    const { dice, log } = this.doing
    const rightsChange = dice.chance(0.4)
    if (dice.chance(0.3)) log.push(this.processes.trouble(dice))
    for (let round = 1 + dice.below(3); round > 0; round--) {
      await doSomething(this.doing, rightsChange)
      for (const client of dice.some(this.clients, 0.25)) {
        await client.cut(this.stage.worlds[0], dice.below(6))
        if (dice.chance(0.5)) await this.connect(client)
      }
    }
    await this.settle(!rightsChange)
  }

  private async settle(isQuiet: boolean) {
    await inTime('processes are back', this.processes.calm())
    await inTime('the feed is read', this.stage.settled())
    await this.history.load()
    for (const client of this.clients) {
      await this.catchUp(client, isQuiet)
    }
    for (const client of this.clients) await this.check(client)
  }

  private async catchUp(client: Client, isQuiet: boolean) {
    const { dice, stage } = this.doing
    await client.apply(stage.worlds[0], Infinity, isQuiet)
    const { last } = this.history
    await inTime(`${client.name} has everything up to ${last}`, client.reached(last, dice.pick(stage.worlds)))
    await client.apply(stage.worlds[0], Infinity, isQuiet)
  }

  private async check(client: Client) {
    const [world] = this.stage.worlds
    for (const told of client.told.splice(0)) judge(this.history, this.models, client, told)
    for (const view of client.views) {
      const { rows } = await findAll(world, client.person, view.path, view.query)
      assert.deepEqual(byId(view.rows.values()), byId(rows), `${client.name}: ${view.path} ${JSON.stringify(view.query)} by events, and as found`) // prettier-ignore
    }
  }

  async close() {
    for (const client of this.clients) await client.cut(this.stage.worlds[0], 0)
    await this.processes.close()
    await this.doing.hands[1].end()
    await this.stage.close()
  }
}
