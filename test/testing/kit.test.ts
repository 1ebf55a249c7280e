import assert from 'node:assert/strict'
import type { TestApp } from 'rachis/testing'
import { createApp, defineResource, text } from 'rachis'
import { anonymous, fakeClock, startTestApp } from 'rachis/testing'
import { notebookApp } from './notebook'

describe('the test kit', () => {
  let app: TestApp
  before(async () => void (app = await startTestApp(notebookApp)))
  after(() => app.close())

  it('calls as whoever is named, over both transports, and knows the same person again', async () => {
    const manager = app.as('manager')
    const made = await manager.post('/notebooks', { name: 'Tea' })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const { id, user_id } = made.body
    assert.deepEqual(await manager.call('get', 'notebooks', id), made.body)
    assert.equal((await app.as('manager').person()).id, user_id)
    assert.equal((await manager.get(`/users/${user_id}`)).body.role, 'manager')
    assert.equal((await app.as('stranger').get(`/notebooks/${id}`)).status, 404)
    assert.equal((await app.as('stranger').refusal('get', 'notebooks', id)).code, 404)
    assert.equal((await app.as(anonymous).get('/notebooks')).status, 401)
    assert.equal((await manager.patch(`/notebooks/${id}`, { name: 'Green tea' })).body.name, 'Green tea')
    assert.equal((await manager.put(`/notebooks/${id}`, { name: 'Tea' })).status, 200)
    assert.equal((await manager.delete(`/notebooks/${id}`)).status, 200)
  })

  it('keeps the databases of two applications of one project apart', async () => {
    const lists = defineResource('lists', { fields: { title: text() }, access: {} })
    const other = await startTestApp({
      createApp: (options) => createApp({ resources: [lists], root: __dirname, ...options }),
      unmigrated: [lists]
    })
    const again = await startTestApp(notebookApp)
    assert.equal((await again.as('owner').get('/notebooks')).status, 200)
    await Promise.all([other.close(), again.close()])
  })

  it('makes texts that are longer than their pattern alone gives', async () => {
    const sha256 = text({ pattern: '^[0-9a-f]+$', minLength: 64, maxLength: 64 })
    const sums = defineResource('sums', { fields: { sha256 }, access: {} })
    const other = await startTestApp({
      createApp: (options) => createApp({ resources: [sums], root: __dirname, ...options }),
      unmigrated: [sums]
    })
    try {
      assert.match((await other.make('sums')).sha256, /^[0-9a-f]{64}$/)
    } finally {
      await other.close()
    }
  })

  it('records events, and asserts that there were none once the feed is past what was written', async () => {
    const [owner, stranger] = [app.as('owner'), app.as('stranger')]
    const [told, silent] = [await owner.events(), await stranger.events()]
    const { body } = await owner.post('/notebooks', { name: 'Mine' })
    assert.deepEqual((await told.event('notebooks created')).data, body)
    assert.deepEqual(await told.told(), ['notebooks created'])
    await silent.silent()
    await app.sql('update notebooks set user_id = $1 where id = $2', [(await stranger.person()).id, body.id])
    await assert.rejects(silent.silent(), /should have been told nothing/)
    assert.deepEqual(await silent.told(), ['notebooks created'])
    assert.deepEqual(await told.told(), ['notebooks created', 'notebooks removed'])
    silent.forget()
    await silent.silent()
  })

  it('tells a new reader nothing of what was before, such as that they signed in', async () => {
    for (const name of ['Ann', 'Ben', 'Cem', 'Dag', 'Eve', 'Fay', 'Gus', 'Hal', 'Ida', 'Jan'])
      await (await app.as(name).events()).silent()
  })

  it('makes records with the parents that they need, which their readers are told of', async () => {
    const { id } = await app.as('owner').person()
    const notebook = await app.make('notebooks', { user_id: id })
    const told = await app.as('owner').events()
    const note = await app.make('notes', { notebook_id: notebook.id, title: 'Here' })
    assert.deepEqual([note.title, note.kind, note.stars], ['Here', 'plain', null])
    assert.equal((await told.event('notes created')).data.id, note.id)
    const other = await app.make('notes')
    assert.equal((await app.as('owner').get(`/notes/${other.id}`)).status, 404)
    assert.equal((await app.as('owner').get(`/notes/${note.id}`)).body.title, 'Here')
  })

  it('makes bodies that a creation takes', async () => {
    const owner = app.as('owner')
    for (let count = 0; count < 5; count++) {
      const { status, body } = await owner.post('/notebooks', await app.data('notebooks'))
      assert.equal(status, 201, JSON.stringify(body))
      const note = await owner.post('/notes', await app.data('notes', { notebook_id: body.id }))
      assert.equal(note.status, 201, JSON.stringify(note.body))
    }
    assert.deepEqual(await app.data('notes', { notebook_id: 1, title: 'x' }), { notebook_id: 1, title: 'x' })
    await assert.rejects(app.data('note'), /no resource note; there are .*notes/)
  })

  it('has each application on a database of its own, and a second process on the same', async () => {
    const [other, second] = await Promise.all([
      startTestApp(notebookApp),
      startTestApp({ ...notebookApp, database: app.database, prepare: (one) => one.set('port', 1) })
    ])
    const notebook = await app.make('notebooks', { user_id: (await app.as('owner').person()).id })
    assert.deepEqual(await other.sql('select id from notebooks'), [])
    assert.equal((await second.as(await app.person('owner')).get(`/notebooks/${notebook.id}`)).status, 200)
    assert.equal(second.app.get('port'), 1)
    await second.close(true)
    await other.close()
    await assert.rejects(other.sql('select 1'), /does not exist/)
    assert.equal((await app.sql('select 1 as one')).length, 1)
  })

  it('takes a copy that was made ahead, as PostgreSQL needs longer for one than the rest of a start', async () => {
    const ahead = async () => {
      const own = new URL(app.database).pathname.slice(1).replace(/\d+$/, '')
      const names = await app.sql('select datname from pg_database where starts_with(datname, $1) order by oid', [own]) // prettier-ignore
      return names.at(-1)?.datname as string
    }
    const first = await startTestApp(notebookApp)
    const used = new URL(first.database).pathname.slice(1)
    let made = used
    while (made === used) made = await ahead()
    const next = await startTestApp(notebookApp)
    assert.equal(new URL(next.database).pathname, `/${made}`)
    await Promise.all([first.close(), next.close()])
  })
})

describe('the clock of the test kit', () => {
  it('moves what the application reads, and lets go of it', () => {
    const RealDate = Date
    const clock = fakeClock('2026-01-31T12:00:00Z')
    try {
      assert.equal(new Date().toISOString().slice(0, 16), '2026-01-31T12:00')
      clock.advance(3600)
      assert.equal(new Date(Date.now()).toISOString().slice(0, 13), '2026-01-31T13')
      assert.match(Date(), /2026/)
      assert.equal(new Date('2020-02-02').getUTCFullYear(), 2020)
      assert.ok(new Date() instanceof Date && new RealDate() instanceof Date)
      assert.ok(Math.abs(clock.now() - Date.now()) < 1000)
      assert.throws(() => clock.set('yesterday'), /yesterday is no time/)
    } finally {
      clock.restore()
    }
    assert.equal(Date, RealDate)
  })

  it('ends a token that the application judges by its own time', async () => {
    const app = await startTestApp(notebookApp)
    const owner = app.as('owner')
    await owner.person()
    const clock = fakeClock()
    clock.advance(7 * 86_400)
    const { status, body } = await owner.get('/notebooks').finally(() => clock.restore())
    assert.deepEqual([status, body.error.code], [401, 'INVALID_TOKEN'])
    await app.close()
  })
})
