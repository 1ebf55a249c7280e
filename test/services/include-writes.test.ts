import assert from 'node:assert/strict'
import {
  $user,
  authenticated,
  belongsTo,
  defineResource,
  json,
  nullable,
  owner,
  state,
  text,
  Type,
  withDefault
} from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { statementsOf } from '../helpers/statements'
import type { Answer, Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

const any = { $user: {} } as const
/** What somebody is called, for everybody to read, beside a note for themselves. */
const profiles = defineResource('profiles', {
  fields: { name: text(), note: nullable(text()), user_id: owner('users') },
  access: { read: any, create: authenticated, fields: { note: { read: { $user: { role: 'admin' } } } } }
})
const rooms = defineResource('rooms', {
  fields: { name: text(), user_id: owner('users') },
  access: { read: { user_id: $user.id }, create: authenticated }
})
const messages = defineResource('messages', {
  soft_delete: true,
  fields: {
    body: text(),
    data: withDefault(json(), {}),
    sender_id: belongsTo('profiles' as never),
    room_id: nullable(belongsTo('rooms' as never, { allow_unreadable: true })),
    reply_to_id: nullable(belongsTo('messages' as never, { on_delete: 'set null' })),
    status: state('sent', 'read'),
    user_id: owner('users')
  },
  relations: {
    sender: { one: 'sender_id' },
    room: { one: 'room_id' },
    reply_to: { one: 'reply_to_id' },
    replies: { many: 'messages' as never, by: 'reply_to_id' }
  },
  access: {
    read: [{ user_id: $user.id }, { status: 'read' }],
    create: authenticated,
    update: [{ user_id: $user.id }, { body: 'Blind' }],
    remove: { user_id: $user.id }
  },
  states: {
    field: 'status',
    transitions: { seen: { from: 'sent', to: 'read', access: { user_id: $user.id } } }
  },
  actions: {
    shout: {
      input: Type.Object({}, { additionalProperties: false }),
      access: { user_id: $user.id },
      run: (_input, { table, record }) => table().where({ id: record.id }).update({ body: 'LOUD' })
    },
    tally: {
      input: Type.Object({}, { additionalProperties: false }),
      output: Type.Object({ count: Type.Integer() }),
      access: { user_id: $user.id },
      run: async () => ({ count: 1 })
    }
  }
})
const RESOURCES = [profiles, rooms, messages] as unknown as AnyResource[]

describe('related records of what was written', () => {
  let world: World
  let people: Record<'owner' | 'stranger' | 'admin', Person>
  let profile: Json
  let room: Json

  const make = async (person: Person, path: string, body: Json): Promise<Json> => {
    const answer = await world.rest(person, 'POST', path, { body })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    return answer.body
  }
  const ask = (method: string, path: string, body?: Json, person: Person = people.owner): Promise<Answer> =>
    world.rest(person, method, path, { body })

  before(async () => {
    world = await startWorld({ resources: RESOURCES })
    people = await world.cast()
    const made = await make(people.owner, '/profiles', { name: 'Ann', note: 'hidden' })
    const { note: _, ...shown } = made
    profile = shown
    room = await make(people.stranger, '/rooms', { name: 'Theirs' })
  })
  after(() => world.close())

  it('are answered along with a creation, each under the reader’s own rule', async () => {
    const body = { body: 'Hello', sender_id: profile.id, room_id: room.id }
    const { status, body: made } = await ask('POST', '/messages?include=sender,room,replies', body)
    assert.deepEqual([status, made.sender, made.room, made.replies], [201, profile, null, []])
    const [one, two] = (await ask('POST', '/messages?include=sender', [body, { ...body, reply_to_id: made.id }] as never)).body // prettier-ignore
    assert.deepEqual([one.sender, two.sender, two.reply_to_id], [profile, profile, made.id])
    const picked = await ask('POST', '/messages?include=sender&fields=body', body)
    assert.deepEqual(Object.keys(picked.body).sort(), ['body', 'id', 'sender'])
  })

  it('are answered along with every other write of a record', async () => {
    const { id } = await make(people.owner, '/messages', { body: 'x', sender_id: profile.id })
    const along = `?$include[]=sender`
    const answers = [
      await ask('PATCH', `/messages/${id}${along}`, { body: 'y' }),
      await ask('PUT', `/messages/${id}${along}`, { body: 'z', sender_id: profile.id }),
      await ask('POST', `/messages/${id}/shout${along}`),
      await ask('POST', `/messages/${id}/seen${along}`),
      await ask('DELETE', `/messages/${id}${along}`),
      await ask('POST', `/messages/${id}/restore${along}`)
    ]
    for (const { status, body } of answers)
      assert.deepEqual([status, body.id, body.sender], [200, id, profile], JSON.stringify(body))
  })

  it('are answered over sockets alike', async () => {
    const socket = await world.socket(people.owner)
    const query = { $include: ['sender'] }
    const made = await socket.call('create', 'messages', { body: 'x', sender_id: profile.id }, query)
    const patched = await socket.call('patch', 'messages', made.id, { body: 'y' }, query)
    const seen = await socket.call('seen', 'messages', { id: made.id }, query)
    for (const { sender } of [made, patched, seen]) assert.deepEqual(sender, profile)
  })

  it('are not told to who may not read what they wrote', async () => {
    const { id } = await make(people.owner, '/messages', { body: 'Blind', sender_id: profile.id })
    const { status, body } = await ask('PATCH', `/messages/${id}?include=sender,replies`, { data: { a: 1 } }, people.stranger) // prettier-ignore
    assert.deepEqual([status, body], [200, { id }])
  })

  it('are refused where there are none to answer, and then nothing is written', async () => {
    const { id } = await make(people.owner, '/messages', { body: 'x', sender_id: profile.id })
    const [{ count }] = (await world.sql('select count(*) from changes')) as [Json]
    const body = { body: 'x', sender_id: profile.id }
    for (const [method, path, data] of [
      ['POST', '/messages?include=nope', body],
      ['POST', '/messages?include=sender.note', body],
      ['POST', '/messages?include=sender&sort=id', body],
      ['PATCH', `/messages/${id}?limit=1`, { body: 'y' }],
      ['POST', `/messages/${id}/tally?include=sender`, {}],
      ['POST', `/messages/${id}/shout?nope=1`, {}]
    ] as const)
      assert.equal((await ask(method, path, data)).status, 400, `${method} ${path}`)
    assert.deepEqual(await world.sql('select count(*) from changes'), [{ count }])
  })

  it('cost one statement for a relation, and nothing where they are not asked for', async () => {
    const body = { body: 'x', sender_id: profile.id }
    const plain = await statementsOf(() => ask('POST', '/messages', body))
    const along = await statementsOf(() => ask('POST', '/messages?include=sender', body))
    const isControl = (text: string) => /^(begin|commit)/i.test(text)
    assert.deepEqual(plain.filter(isControl), [])
    assert.equal(along.filter((text) => !isControl(text)).length, plain.length + 1)
  })

  it('are too many for an answer before anything is written', async () => {
    const { id } = await make(people.owner, '/messages', { body: 'x', sender_id: profile.id })
    await world.sql(
      `insert into messages (body, data, sender_id, reply_to_id, status, user_id) select 'r', '{}', $1, $2, 'sent', $3 from generate_series(1, 100)`,
      [profile.id, id, people.owner.id]
    )
    const [{ count }] = (await world.sql('select count(*) from messages')) as [Json]
    const rows = Array.from({ length: 250 }, () => ({ body: 'x', sender_id: profile.id, reply_to_id: id }))
    const answer = await ask('POST', '/messages?include=reply_to.replies', rows as never)
    assert.deepEqual([answer.status, answer.body.error.field], [400, 'include'])
    assert.deepEqual(await world.sql('select count(*) from messages'), [{ count }])
  })
})
