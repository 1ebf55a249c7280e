import assert from 'node:assert/strict'
import { $user, authenticated, defineResource, integer, nullable, owner, role, state, text, Type, withDefault, writeOnly } from '../../packages/rachis/src/declare' // prettier-ignore
import type { AnyResource } from '../../packages/rachis/src/declare'

import type { Answer, Call, Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

const admin = role('admin')
const staff = role('admin', 'manager')
const self = { user_id: $user.id }
const renamed = async ({ name }: { name: string }, context: any) => {
  await context.table().where({ id: context.record.id }).update({ name })
}

/** Read by their owner and staff, written by their owner and administrators. `remark` is hidden from the owner, `secret` from everybody. */
export const counters = defineResource('counters', {
  versioned: true,
  soft_delete: true,
  fields: {
    name: text({ maxLength: 40 }),
    total: withDefault(integer(), 0),
    remark: nullable(text({ maxLength: 40 })),
    secret: writeOnly(nullable(text({ maxLength: 40 }))),
    status: state('open', 'closed'),
    user_id: owner('users')
  },
  relations: { user: { one: 'user_id' } },
  access: {
    read: [self, staff],
    create: authenticated,
    update: [self, admin],
    remove: [self, admin],
    fields: { remark: { read: staff, write: admin } }
  },
  states: { field: 'status', transitions: { close: { from: 'open', to: 'closed', access: [self, admin] } } },
  actions: {
    rename: { input: Type.Object({ name: Type.String() }), access: [self, admin], run: renamed },
    ring: { input: Type.Object({}), access: [self, admin], transaction: false, run: async () => undefined }
  },
  bulk: { update: 50 }
})

/** Written with If-Match only. Removing one removes it. */
export const contracts = defineResource('contracts', {
  versioned: 'required',
  fields: { name: text({ maxLength: 40 }), total: withDefault(integer(), 0), user_id: owner('users') },
  access: { read: [self, staff], create: authenticated, update: [self, admin], remove: [self, admin] }
})

/** Without a version, and with a hook, before which nothing of a record may be read. */
export const letters = defineResource('letters', {
  fields: { name: text({ maxLength: 40 }), user_id: owner('users') },
  access: { read: [self, staff], create: authenticated, update: [self, admin], remove: [self, admin] },
  hooks: { before: { patch: [async () => undefined] } }
})

export const RESOURCES = [counters, contracts, letters] as unknown as AnyResource[]

/** One application with these resources, and short ways to call it. */
export class Stage {
  private constructor(
    readonly world: World,
    readonly cast: Awaited<ReturnType<World['cast']>>
  ) {}

  static async open(): Promise<Stage> {
    const world = await startWorld({ resources: RESOURCES })
    return new Stage(world, await world.cast())
  }

  call(person: Person, method: string, path: string, { headers, ...call }: Call = {}): Promise<Answer> {
    return this.world.rest(person, method, path, { ...call, headers: { 'Accept-Encoding': 'identity', ...headers } }) // prettier-ignore
  }

  /** A write that says what it knows of the record. */
  async write(
    person: Person,
    method: string,
    path: string,
    condition: string | Record<string, string>,
    body?: Json
  ) {
    const headers = typeof condition === 'string' ? { 'If-Match': condition } : condition
    return this.call(person, method, path, { headers, ...(body ? { body } : {}) })
  }

  async make(path: string, person: Person = this.cast.owner!, body: Json = {}): Promise<Json> {
    const { status, body: made } = await this.call(person, 'POST', path, { body: { name: 'x', ...body } })
    assert.equal(status, 201, JSON.stringify(made))

    return made
  }

  async etag(person: Person, path: string): Promise<string> {
    const { status, headers } = await this.call(person, 'GET', path)
    assert.equal(status, 200)

    return headers.get('etag')!
  }

  /** The row, and how many changes there are of anything: what a refused write leaves as it was. */
  async state(table: string, id: number): Promise<[Json | undefined, number]> {
    const [row] = await this.world.sql(`select * from ${table} where id = $1`, [id])
    const [changes] = await this.world.sql('select count(*)::int as total from changes')

    return [row, changes!.total]
  }
}
