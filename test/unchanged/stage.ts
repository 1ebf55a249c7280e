import assert from 'node:assert/strict'
import { $user, authenticated, boolean, defineResource, json, lower, money, nullable, owner, role, state, text, textArray, timestamp, Type, unique, withDefault } from '../../packages/rachis/src/declare' // prettier-ignore
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Answer, Json, Listener, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

const mine = { user_id: $user.id }
const rewritten = (_input: object, { app, record, params }: any): Promise<unknown> =>
  app.service('leaves').patch(record.id, { title: record.title }, params)

/** A field of every type, a version, states, actions, and a column that its owner does not read. */
export const leaves = defineResource('leaves', {
  versioned: true,
  audited: { days: 30 },
  bulk: { update: 10 },
  fields: {
    code: unique(lower(text({ minLength: 1, maxLength: 40 }))),
    title: text({ maxLength: 40 }),
    amount: nullable(money()),
    ratio: nullable(Type.Number()),
    is_open: withDefault(boolean(), true),
    day: nullable(Type.String({ format: 'date' })),
    due: nullable(timestamp()),
    ref: nullable(Type.String({ format: 'uuid' })),
    tags: nullable(textArray()),
    data: nullable(json()),
    remark: nullable(text({ maxLength: 40 })),
    status: state('green', 'brown'),
    user_id: owner('users')
  },
  access: {
    read: authenticated,
    create: authenticated,
    update: [mine, role('admin')],
    remove: mine,
    fields: { remark: { read: role('admin'), write: role('admin') } }
  },
  states: { field: 'status', transitions: { wither: { from: 'green', to: 'brown', access: mine } } },
  actions: { rewrite: { input: Type.Object({}), access: mine, run: rewritten } }
})

export const VALUES = {
  code: 'oak',
  title: 'Oak',
  amount: 1.5,
  ratio: 0.1,
  is_open: true,
  day: '2026-01-31',
  due: '2026-01-31T10:00:00.500Z',
  ref: '0198c8f0-0000-7000-8000-000000000001',
  tags: ['a', 'b'],
  data: { a: 1, b: [{ c: null }] }
}

/** One record, and what is seen of it. */
export class Stage {
  path = ''
  id = 0
  private constructor(
    readonly world: World,
    readonly cast: Awaited<ReturnType<World['cast']>>,
    readonly sockets: readonly Listener[]
  ) {}

  static async open(): Promise<Stage> {
    const world = await startWorld({ resources: [leaves] as unknown as AnyResource[] })
    const cast = await world.cast()
    const sockets = [await world.socket(cast.owner), await world.socket(cast.stranger)]

    return new Stage(world, cast, sockets)
  }

  async begin(): Promise<Json> {
    await this.world.sql('delete from leaves')
    const { status, body } = await this.call('POST', '/leaves', { body: VALUES })
    assert.equal(status, 201, JSON.stringify(body))
    this.id = body.id
    this.path = `/leaves/${this.id}`
    await this.told()

    return body
  }

  call(method: string, path: string, { person = this.cast.owner, ...sent }: { person?: Person; body?: unknown; headers?: Record<string, string>; raw?: string } = {}): Promise<Answer> {
    return this.world.rest(person, method, path, sent as never)
  }

  /** The events that the sockets were told since this was asked last. */
  async told(): Promise<string[]> {
    await this.world.settled()
    for (const socket of this.sockets) await socket.drained()
    const names = this.sockets.flatMap(({ events }) => events.map(({ name }) => name))
    for (const socket of this.sockets) socket.forget()

    return names
  }

  /** The row with its place in the table of changes, and how many entries its history has. */
  private async state(): Promise<unknown[]> {
    const [row] = await this.world.sql('select * from leaves where id = $1', [this.id])
    const [changes] = await this.world.sql(`select count(*)::int as n from changes where resource = 'leaves'`)
    const { body } = await this.call('GET', `${this.path}/history`)

    return [row, changes!.n, body.total]
  }

  /** That a call leaves no trace: in the row, among the changes, in the history, at the sockets. */
  async unchanged<T>(work: () => Promise<T>): Promise<T> {
    const before = await this.state()
    const done = await work()
    assert.deepEqual(await this.state(), before)
    assert.deepEqual(await this.told(), [])

    return done
  }
} // prettier-ignore
