import assert from 'node:assert/strict'
import { statementsOf } from '../helpers/statements'
import type { Answer, Json, Listener, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { create, RESOURCES } from './boards'

const MISSING = 999_999

describe('a new reference', () => {
  let world: World
  let people: Record<'owner' | 'stranger', Person>
  let open: number
  let secret: number
  let own: Json
  let sockets: Record<'owner' | 'stranger', Listener>

  const board = async (person: Person, body: Json): Promise<number> =>
    (await world.rest(person, 'POST', '/boards', { body: { name: 'Board', ...body } })).body.id
  const plain = ({ status, body }: Answer): Json => {
    const { error, ...rest } = body
    return { status, ...rest, error: { ...error, trace_id: '' } }
  }
  const state = async () => {
    const [row] = await world.sql(
      `select (select count(*) from changes) as changes, ${['boards', 'notes', 'cards', 'pins'].map((name) => `(select md5(coalesce(string_agg(t::text, '' order by id), '')) from ${name} t) as ${name}`).join()}`
    )
    return row
  }

  before(async () => {
    world = await startWorld({ resources: RESOURCES })
    people = await world.cast()
    open = await board(people.owner, { is_open: true })
    secret = await board(people.owner, { name: 'The secret board' })
    own = (await world.rest(people.stranger, 'POST', '/notes', { body: { title: 'Mine', board_id: open } }))
      .body
    sockets = { owner: await world.socket(people.owner), stranger: await world.socket(people.stranger) }
  })
  after(() => world.close())

  /** Every way in which a client names a board, by its id. */
  const ways: Record<string, (id: number) => Promise<Answer>> = {
    'a creation': (id) => post('/notes', { title: 'x', board_id: id }),
    'a second reference of a creation': (id) => post('/notes', { title: 'x', board_id: open, other_id: id }),
    'a batch': (id) =>
      post('/notes', [
        { title: 'x', board_id: open },
        { title: 'y', board_id: id }
      ]),
    'a PUT': (id) =>
      world.rest(people.stranger, 'PUT', `/notes/${own.id}`, { body: { title: 'x', board_id: id } }),
    'a PATCH': (id) => world.rest(people.stranger, 'PATCH', `/notes/${own.id}`, { body: { other_id: id } }),
    'a PATCH that takes a step': (id) =>
      world.rest(people.stranger, 'PATCH', `/notes/${own.id}`, { body: { status: 'done', board_id: id } }),
    'an action': (id) => post(`/notes/${own.id}/move`, { board_id: id }),
    'a list in an action': (id) => post('/notes/spread', { items: [{ board_id: open }, { board_id: id }] }),
    'all of several schemas in an action': (id) => post('/notes/combine', { title: 'x', board_id: id }),
    'a pair in an action': (id) => post('/notes/place', { pair: ['x', id] }),
    'a record in an action': (id) => post('/notes/place', { by_name: { x: open, y: id } }),
    'own code on the caller’s behalf': (id) => post(`/notes/${own.id}/copy`, { to: id }),
    'a creation by own code': (id) => post('/pins', { board_id: id }),
    'a creation with hooks': (id) => post('/cards', { title: 'Tell', board_id: id })
  }
  const post = (path: string, body: Json) => world.rest(people.stranger, 'POST', path, { body })

  for (const [name, way] of Object.entries(ways)) {
    it(`to what its writer may not read is answered as a missing one: ${name}`, async () => {
      for (const socket of Object.values(sockets)) {
        await socket.told()
        socket.forget()
      }
      const before = await state()
      const [hidden, missing] = [await way(secret), await way(MISSING)]
      assert.equal(hidden.status, 409, JSON.stringify(hidden.body))
      assert.equal(hidden.body.error.code, 'MISSING_REFERENCE')
      assert.deepEqual(plain(hidden), plain(missing))
      const counts = [await statementsOf(() => way(secret)), await statementsOf(() => way(MISSING))]
      assert.equal(counts[0]!.length, counts[1]!.length, counts[0]!.join('\n'))
      assert.deepEqual(await state(), before)
      await world.settled()
      for (const socket of Object.values(sockets)) assert.deepEqual(await socket.drained(), [])
    })
  }

  it('is asked of sockets alike', async () => {
    for (const id of [secret, MISSING]) {
      const created = await sockets.stranger.refusal('create', 'notes', { title: 'x', board_id: id })
      const patched = await sockets.stranger.refusal('patch', 'notes', own.id, { board_id: id })
      for (const { code, error } of [created, patched])
        assert.deepEqual([code, error.code, error.field], [409, 'MISSING_REFERENCE', 'board_id'])
    }
  })

  it('to what its writer may read costs no statement more', async () => {
    const made = () => post('/notes', { title: 'Fine', board_id: open, other_id: open })
    const statements = await statementsOf(made, /insert|begin|from "boards"/)
    // The other one asks whether the writer may read what they wrote.
    assert.equal(
      statements.filter((text) => !/^select "id" from "notes"/.test(text)).length,
      1,
      statements.join('\n')
    )
    assert.equal((await post(`/notes/${own.id}/move`, { board_id: open })).status, 200)
    assert.equal((await post('/pins', { board_id: open })).status, 201)
    assert.equal((await post('/cards', { title: 'Fine', board_id: open })).status, 201)
  })

  it('is not one that a change leaves as it is', async () => {
    const id = await board(people.owner, { is_open: true })
    const { body: note } = await post('/notes', { title: 'There', board_id: id, other_id: id })
    await world.rest(people.owner, 'PATCH', `/boards/${id}`, { body: { is_open: false } })
    const change = (body: Json) => world.rest(people.stranger, 'PATCH', `/notes/${note.id}`, { body })
    assert.equal((await change({ title: 'Still there', board_id: id })).status, 200)
    assert.equal((await change({ board_id: id, other_id: secret })).status, 409)
    assert.equal((await change({ board_id: open })).status, 200)
    assert.equal((await change({ board_id: id })).status, 409)
  })

  it('to a board that is closed before the write is refused', async () => {
    const id = await board(people.owner, { is_open: true })
    const { status } = await post('/cards', { title: 'Close', board_id: id })
    assert.equal(status, 409)
    assert.deepEqual(await world.sql('select 1 from cards where board_id = $1', [id]), [])
  })

  it('may name any record where the declaration allows it, but none that is removed or missing', async () => {
    assert.equal((await post('/notes', { title: 'x', board_id: open, any_id: secret })).status, 201)
    const removed = await board(people.owner, {})
    await world.rest(people.owner, 'DELETE', `/boards/${removed}`)
    const answers = [removed, MISSING].map((id) => post('/notes', { title: 'x', board_id: open, any_id: id }))
    for (const { status } of await Promise.all(answers)) assert.equal(status, 409)
    assert.equal((await post('/notes', { title: 'x', board_id: removed })).status, 409)
  })

  it('by the server itself may name any record', async () => {
    const made = await create({ title: 'x', board_id: secret, user_id: people.stranger.id }, { app: world.app, asCaller: {} } as never) // prettier-ignore
    assert.equal(made.board_id, secret)
  })

  it('tells who may not change the record nothing of the reference', async () => {
    const { body: note } = await world.rest(people.owner, 'POST', '/notes', {
      body: { title: 'x', board_id: open }
    })
    const patch = (id: number) =>
      world.rest(people.stranger, 'PATCH', `/notes/${note.id}`, { body: { board_id: id } })
    for (const id of [secret, MISSING, open]) assert.equal((await patch(id)).status, 403)
  })
})
