import assert from 'node:assert/strict'
import {
  $user,
  anyone,
  authenticated,
  boolean,
  computed,
  defineResource,
  immutable,
  integer,
  json,
  money,
  nullable,
  owner,
  readOnly,
  role,
  state,
  text,
  timestamp,
  Type,
  withDefault,
  textArray,
  writeOnly
} from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Answer, Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

const staff = role('manager', 'admin')
/** A read-only field of every type of column. */
const papers = defineResource('papers', {
  fields: {
    title: text({ maxLength: 50 }),
    size: withDefault(integer(), 1),
    code: immutable(nullable(text())),
    is_big: computed(boolean(), 'size > 9'),
    price: readOnly(withDefault(money(), 19.9)),
    ratio: readOnly(withDefault(Type.Number(), 0.1)),
    seen_at: readOnly(nullable(timestamp())),
    day: readOnly(nullable(Type.String({ format: 'date' }))),
    details: readOnly(withDefault(json(), { b: [1, 2.5], a: { x: null } })),
    tags: readOnly(withDefault(textArray(), ['x', 'a"b'])),
    rank: withDefault(integer(), 3),
    margin: nullable(integer()),
    secret: writeOnly(nullable(text())),
    status: state('open', 'done'),
    user_id: owner('users')
  },
  relations: { user: { one: 'user_id' } },
  access: {
    read: anyone,
    create: authenticated,
    update: [{ user_id: $user.id }, staff],
    fields: { rank: { write: staff }, margin: { read: staff, write: staff } }
  },
  states: {
    field: 'status',
    transitions: { finish: { from: 'open', to: 'done', access: { user_id: $user.id } } }
  }
}) as unknown as AnyResource
/** Whoever may change it is not who may read it. */
const boxes = defineResource('boxes', {
  id: 'uuid',
  fields: { title: text(), number: readOnly(withDefault(integer(), 41)), user_id: owner('users') },
  access: { read: { user_id: $user.id }, create: authenticated, update: authenticated }
}) as unknown as AnyResource

const OTHER: Json = {
  id: 999, code: 'B', is_big: true, price: 19.89, ratio: 0.2, seen_at: '2026-01-31T12:00:00.001Z', day: '2026-02-01', details: { b: [1] },
  tags: ['x'], rank: 4, created_at: '2020-01-01T00:00:00Z', updated_at: null, user_id: 999
} // prettier-ignore

describe('a record that was read', () => {
  let world: World
  let people: Record<'owner' | 'stranger' | 'manager', Person>
  let paper: Json

  const write = (person: Person, method: string, body: Json, id = paper.id): Promise<Answer> =>
    world.rest(person, method, `/papers/${id}`, { body })
  const read = async (person = people.owner, id = paper.id): Promise<Json> =>
    (await world.rest(person, 'GET', `/papers/${id}`)).body
  const refused = ({ status, body }: Answer): unknown[] => [status, body.error?.field]

  before(async () => {
    world = await startWorld({ resources: [papers, boxes] })
    people = await world.cast()
    const { body } = await world.rest(people.owner, 'POST', '/papers', { body: { title: 'A', code: 'A' } })
    await world.sql(`update papers set seen_at = '2026-01-31 12:00:00', day = '2026-01-31', margin = 7 where id = $1`, [body.id]) // prettier-ignore
    paper = body
  })
  after(() => world.close())

  for (const method of ['PUT', 'PATCH'])
    it(`can be sent back whole by ${method}, with a change`, async () => {
      for (const title of ['B', 'C']) {
        const answer = await write(people.owner, method, { ...(await read()), title })
        assert.equal(answer.status, 200, JSON.stringify(answer.body))
        assert.equal(answer.body.title, title)
      }
      const { body } = await world.rest(people.manager, 'GET', `/papers/${paper.id}`)
      const mine = await write(people.manager, method, { ...body, margin: 8 })
      assert.deepEqual([mine.status, mine.body.margin, mine.body.rank], [200, 8, 3])
    })

  it('can be sent back over a socket, and by the official client', async () => {
    const socket = await world.socket(people.owner)
    const record = await socket.call('get', 'papers', paper.id)
    assert.equal((await socket.call('update', 'papers', paper.id, { ...record, title: 'S' })).title, 'S')
    const client = await world.client(people.owner)
    const service = client.service('papers')
    const found = await service.get(paper.id)
    const patched = (await service.patch(paper.id, { ...found, title: 'T' })) as unknown as Json
    assert.equal(patched.title, 'T')
  })

  it('is refused where it differs in what only the server writes, and nothing is changed', async () => {
    const record = await read()
    const [{ count }] = (await world.sql('select count(*) from changes')) as [Json]
    for (const [name, value] of Object.entries(OTHER)) {
      for (const method of ['PUT', 'PATCH']) {
        const answer = await write(people.owner, method, { ...record, title: 'No', [name]: value })
        assert.deepEqual(refused(answer), [name === 'rank' ? 403 : 422, name], `${method} ${name}`)
        if (name !== 'rank') assert.equal(answer.body.error.details[0].rule, 'read_only')
      }
    }
    assert.deepEqual(await read(), record)
    assert.deepEqual(await world.sql('select count(*) from changes'), [{ count }])
  })

  it('is refused where what it was read with is no value of the field', async () => {
    for (const [name, value] of [
      ['created_at', 'yesterday'],
      ['id', 'x'],
      ['id', String(paper.id)],
      ['tags', 'x'],
      ['details', null],
      ['size', 'x']
    ])
      // prettier-ignore
      assert.deepEqual(refused(await write(people.owner, 'PATCH', { [name as string]: value })), [422, name])
  })

  it('tells nothing of a field that the caller may not read, whatever its value', async () => {
    const record = await read()
    for (const margin of [7, 8, null])
      assert.deepEqual(refused(await write(people.owner, 'PATCH', { ...record, margin })), [403, 'margin'])
    assert.equal((await write(people.owner, 'PATCH', { deleted_at: null })).status, 422)
  })

  it('tells nothing of a record that the caller may change and not read', async () => {
    const { body: box } = await world.rest(people.owner, 'POST', '/boxes', { body: { title: 'x' } })
    const patch = (person: Person, body: Json) => world.rest(person, 'PATCH', `/boxes/${box.id}`, { body })
    for (const number of [41, 42])
      assert.deepEqual(refused(await patch(people.stranger, { number })), [422, 'number'])
    assert.equal((await patch(people.stranger, { title: 'y' })).status, 200)
    assert.equal((await patch(people.owner, { ...box, updated_at: undefined, title: 'z' })).status, 200)
  })

  it('is asked of the record after its rule', async () => {
    const record = await read()
    for (const id of [record.id, 1_000_000])
      assert.equal((await write(people.stranger, 'PATCH', { ...record, id })).status, 403)
    assert.equal((await write(people.stranger, 'PATCH', { title: 'x' }, 1_000_000)).status, 404)
  })

  it('takes its step with it', async () => {
    const answer = await write(people.owner, 'PATCH', { ...(await read()), status: 'done' })
    assert.deepEqual([answer.status, answer.body.status], [200, 'done'])
  })

  it('is sent back without the related records that it was read with', async () => {
    const { body } = await world.rest(people.owner, 'GET', `/papers/${paper.id}?include=user`)
    const answer = await write(people.owner, 'PATCH', body)
    assert.deepEqual(refused(answer), [422, 'user'])
    assert.match(answer.body.message, /is a relation/)
  })

  it('is of users, too', async () => {
    const { owner: person } = people
    const path = `/users/${person.id}`
    const { body } = await world.rest(person, 'GET', path)
    const answer = await world.rest(person, 'PATCH', path, { body: { ...body, first_name: 'Ann' } })
    assert.deepEqual([answer.status, answer.body.first_name], [200, 'Ann'])
    for (const change of [{ role: 'admin' }, { is_active: false }])
      assert.equal(
        (await world.rest(person, 'PATCH', path, { body: { ...answer.body, ...change } })).status,
        403
      )
    // What it was read with is not what it is now.
    assert.deepEqual(refused(await world.rest(person, 'PATCH', path, { body })), [422, 'updated_at'])
  })

  it('takes no such field where it is created', async () => {
    const { created_at } = await read()
    const answer = await world.rest(people.owner, 'POST', '/papers', { body: { title: 'x', created_at } })
    assert.deepEqual(refused(answer), [422, 'created_at'])
  })
})
