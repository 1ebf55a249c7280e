import assert from 'node:assert/strict'
import { byDepth } from '../helpers/depth'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import type { Dice } from '../../packages/rachis/src/testing/dice'
import { seeded } from '../../packages/rachis/src/testing/dice'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import { openStream } from './reader'
import type { StreamEvent, StreamReader } from './reader'

const STEPS = byDepth(60, 150, 400)
const FILTER = { status: 'pending' }

/** A client as docs/events.md describes one: it keeps the records, the last id, and fetches anew where it is told to. */
class Client {
  readonly records = new Map<number, Json>()
  private lastId?: string
  private reader?: StreamReader
  private applied = 0
  resets = 0

  constructor(
    private readonly worlds: readonly World[],
    readonly person: Person,
    private readonly isFiltered: boolean
  ) {}

  async find(): Promise<{ rows: Json[]; position: string }> {
    const query = this.isFiltered ? '?status=pending&limit=100' : '?limit=100'
    const { body, headers } = await this.worlds[0]!.rest(this.person, 'GET', `/tasks${query}`)

    return { rows: body.data as Json[], position: headers.get('x-rachis-position')! }
  }

  async fetchAnew() {
    const { rows, position } = await this.find()
    this.records.clear()
    for (const row of rows) this.records.set(row.id as number, row)
    this.lastId = position
  }

  async connect(world: World) {
    const query = `?resources=tasks${this.isFiltered ? '&filter[tasks][status]=pending' : ''}`
    this.reader = await openStream(world, this.person, query, { 'Last-Event-ID': this.lastId! })
    this.applied = 0
  }

  /** Cut at any place: events that have arrived are applied only as far as `count`, as if the rest were lost on the way. */
  cut(count = Infinity) {
    this.apply(count)
    this.reader?.close()
    this.reader = undefined
  }

  private apply(count = Infinity) {
    const events = this.reader?.events ?? []
    for (; this.applied < Math.min(count, events.length); this.applied++) this.take(events[this.applied]!)
  }

  private take({ event, data, id }: StreamEvent) {
    if (event === 'tasks removed') this.records.delete(data.id as number)
    else if (event === 'tasks reset') this.resets++
    else if (/^tasks (created|patched|updated)$/.test(event))
      this.records.set(data.id as number, data as Json)
    this.lastId = id ?? this.lastId
  }

  /** Everything up to the place that `synced` names after a resume. */
  async settle(world: World) {
    this.cut()
    await this.connect(world)
    await this.reader!.event('synced')
    this.apply()
  }
}

/** The deeds of a random story, of which some are rolled back and some change many records at once. */
const deed = async (dice: Dice, world: World, people: readonly Person[]): Promise<string> => {
  const person = dice.pick(people)
  const [row] = await world.sql('select id from tasks order by random() limit 1')
  const id = row?.id as number | undefined
  const deeds: [string, () => Promise<unknown>][] = [
    ['create', () => world.rest(person, 'POST', '/tasks', { body: { title: `t${dice.below(1000)}` } })],
    ['rename', () => world.rest(person, 'PATCH', `/tasks/${id}`, { body: { title: `r${dice.below(1000)}` } })],
    ['start', () => world.rest(person, 'POST', `/tasks/${id}/start`, { body: {} })],
    ['remove', () => world.rest(person, 'DELETE', `/tasks/${id}`)],
    ['give away', () => world.sql(`update tasks set user_id = ${person.id} where id = ${id ?? 0}`)],
    ['reopen all', () => world.sql(`update tasks set status = 'pending' where id % 2 = ${dice.below(2)}`)],
    ['roll back', () => world.sql('begin; update tasks set title = null; rollback').catch(() => undefined)]
  ] // prettier-ignore
  const [name, work] = dice.pick(deeds)
  await work()

  return `${name} ${id} as ${person.name}`
}

describe('what event streams tell through cuts', function () {
  this.timeout(180_000)
  let worlds: World[]
  let people: Person[]
  before(async () => {
    const here = await startWorld()
    worlds = [here, await startWorld({ database: here.database })]
    people = [await here.register('one'), await here.register('two')]
  })
  after(async () => {
    await worlds?.[1]?.close(true)
    await worlds?.[0]?.close()
  })

  it('gives what a find gives, whenever and wherever a client comes back', () =>
    seeded(SEED, async (dice, log) => {
      const clients = people.flatMap((person) => [false, true].map((isFiltered) => new Client(worlds, person, isFiltered))) // prettier-ignore
      for (const client of clients) await client.fetchAnew()
      for (let step = 0; step < STEPS; step++) {
        log.push(await deed(dice, worlds[0]!, people))
        for (const client of dice.some(clients, 0.3)) {
          client.cut(dice.below(6))
          if (dice.chance(0.5)) await client.connect(dice.pick(worlds))
        }
        if (dice.chance(0.8)) continue
        for (const world of worlds) await world.settled()
        for (const client of clients) {
          await client.settle(dice.pick(worlds))
          const { rows } = await client.find()
          const sorted = (some: Iterable<Json>) =>
            [...some].sort((a, b) => (a.id as number) - (b.id as number))
          assert.deepEqual(sorted(client.records.values()), sorted(rows), `${client.person.name} ${JSON.stringify(FILTER)}`) // prettier-ignore
        }
      }
      assert.ok(
        clients.every(({ resets }) => resets === 0),
        'nobody had to fetch anew'
      )
    }))
})
