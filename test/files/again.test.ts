import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { Client } from 'pg'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { bearer, fetchContent, filesIn, PNG, stageOf } from './stage'
import type { Person } from '../../packages/rachis/src/testing/wire'

/** A form as a browser sends it, with another boundary each time. */
const formOf = (bytes: Buffer | string, name: string) => {
  const form = new FormData()
  form.append('file', new Blob([bytes]), name)
  return form
}

describe('forms with a key that are sent again', () => {
  let world: World
  let owner: Person
  const options = stageOf({ owner_count: 2 })
  before(async () => {
    world = await openStage(options)
    owner = await world.person('owner')
  })
  after(() => world?.close())

  const send = async (key: string, { person = owner, bytes = PNG as Buffer | string, name = 'a.png', query = '' } = {}) => {
    const headers = { ...bearer(person), 'Idempotency-Key': key }
    const answer = await fetch(`${world.url}/api/v1/files${query}`, { method: 'POST', headers, body: formOf(bytes, name) }) // prettier-ignore
    const body = (await answer.json()) as any
    return { status: answer.status, replayed: answer.headers.get('idempotency-replayed'), id: body.id, code: body.error?.code, retry: answer.headers.get('retry-after') } // prettier-ignore
  } // prettier-ignore
  const state = async () => {
    await world.settled()
    const [row] = await world.sql('select (select count(*)::int from files) as files, (select count(*)::int from uploads) as uploads') // prettier-ignore
    return [row!.files, row!.uploads, (await filesIn(options.folder)).length]
  }

  it('make one file, also where its owner has no room for another one', async () => {
    const key = randomUUID()
    const first = await send(key)
    assert.deepEqual([first.status, first.replayed], [201, null])
    await send(randomUUID(), { bytes: 'b' })
    assert.equal((await send(randomUUID(), { bytes: 'c' })).code, 'FILE_QUOTA_EXCEEDED')
    await world.settled()
    const listener = await world.as('owner').events()
    listener.forget()
    const again = await send(key)
    assert.deepEqual([again.status, again.id, again.replayed], [201, first.id, 'true'])
    assert.deepEqual([await state(), await listener.told()], [[2, 0, 2], []])
    assert.ok((await fetchContent(world.url, first.id, owner)).bytes.equals(PNG))
  })

  it('are refused with another file, another name, for another field or another operation', async () => {
    await world.sql('delete from files')
    const key = randomUUID()
    const { id } = await send(key)
    const had = await state()
    const reused = [422, 'IDEMPOTENCY_KEY_REUSED']
    for (const other of [{ bytes: 'text' }, { bytes: Buffer.concat([PNG, PNG]) }, { bytes: PNG.subarray(0, -1) }, { name: 'b.png' }, { query: '?field=posts.picture_id' }]) {
      const { status, code } = await send(key, other)
      assert.deepEqual([status, code], reused)
    }
    const post = await world.rest(owner, 'POST', '/posts', { body: { title: 'a' }, headers: { 'Idempotency-Key': key } })
    assert.deepEqual([post.status, post.body.error.code], reused)
    assert.equal((await send('ö')).code, 'BAD_REQUEST')
    assert.deepEqual(await state(), had)
    assert.ok((await fetchContent(world.url, id, owner)).bytes.equals(PNG))
    const stranger = await send(key, { person: await world.person('stranger'), bytes: 'own' })
    assert.deepEqual([stranger.status, stranger.replayed, stranger.id === id], [201, null, false])
  }) // prettier-ignore

  it('are received once the one before has failed, and not while it arrives', async () => {
    await world.sql('delete from files')
    const key = randomUUID()
    assert.equal((await send(key, { bytes: '<html>', name: 'a.txt' })).code, 'FILE_TYPE_REFUSED')
    assert.deepEqual(await state(), [0, 0, 0])
    const slow = request(`${world.url}/api/v1/files`, { method: 'POST', headers: { ...bearer(owner), 'Idempotency-Key': key, 'Content-Type': 'multipart/form-data; boundary=x' } }) // prettier-ignore
    slow.on('error', () => undefined)
    slow.write('--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nte')
    while ((await world.sql('select 1 from uploads')).length === 0) await new Promise(setImmediate)
    const early = await send(key, { bytes: 'text', name: 'a.txt' })
    assert.deepEqual([early.status, early.code, early.retry], [409, 'REQUEST_IN_PROGRESS', '1'])
    slow.destroy()
    while ((await world.sql('select 1 from uploads')).length > 0) await new Promise(setImmediate)
    const made = await send(key, { bytes: 'text', name: 'a.txt' })
    assert.deepEqual([made.status, await state()], [201, [1, 0, 1]])
    assert.equal(String((await fetchContent(world.url, made.id, owner)).bytes), 'text')
  })

  it('are received where the process has died that received them before', async () => {
    await world.sql('delete from files')
    const key = randomUUID()
    assert.equal((await send(key, { bytes: '<html>', name: 'a.txt' })).code, 'FILE_TYPE_REFUSED')
    const [{ id }] = (await world.sql(`select record_id as id from changes where resource = 'uploads' order by changes.id desc limit 1`)) as [{ id: string }] // prettier-ignore
    await world.sql(`insert into uploads (id, user_id, name, expires_at) values ($1, $2, 'file', now() + interval '20 hours')`, [id, owner.id]) // prettier-ignore
    const both = await Promise.all([send(key, { bytes: 'text', name: 'a.txt' }), send(key, { bytes: 'text', name: 'a.txt' })]) // prettier-ignore
    const made = both.filter(({ status }) => status === 201)
    assert.ok(made.length >= 1 && both.every(({ status, code }) => status === 201 || code === 'REQUEST_IN_PROGRESS')) // prettier-ignore
    assert.deepEqual([await state(), made.every((one) => one.id === id)], [[1, 0, 1], true])
  })

  /** Holds a lock until it is let go, and says when somebody waits for a table. */
  const held = async (lock: string) => {
    const client = new Client({ connectionString: world.database })
    await client.connect()
    await client.query(`begin; ${lock}`)
    const isAwaited = async (table: string) =>
      (await client.query(`select from pg_locks where relation = '${table}'::regclass and not granted`)).rowCount! > 0 // prettier-ignore
    const awaited = async (table: string) => {
      while (!(await isAwaited(table))) await new Promise(setImmediate)
    }
    const release = async () => void (await client.query('commit').finally(() => client.end()))
    return { client, awaited, release }
  }
  const begun = (id: string) => world.sql(`insert into uploads (id, user_id, name, expires_at) values ($1, $2, 'file', now() + interval '24 hours')`, [id, owner.id]) // prettier-ignore

  it('keep their bytes while the one before, which has failed, is removed', async () => {
    await world.sql('delete from files')
    await world.settled()
    const { storage } = world.app.get('fileStore')
    const [upload, other] = [{ id: randomUUID(), user_id: Number(owner.id) }, randomUUID()]
    for (const id of [upload.id, other]) await begun(id)
    const lockOf = (id: string) => `select pg_advisory_xact_lock(hashtextextended('bytes of ${id}', 0));`
    const beginning = await held(lockOf(upload.id) + lockOf(other))
    const dropped = world.app.get('fileStore').drop(upload)
    await world.sql('delete from uploads where id = $1', [other])
    while ((await world.sql('select from uploads')).length > 0) await new Promise(setImmediate)
    for (const id of [upload.id, other]) {
      await begun(id)
      await storage.put(id, Readable.from(['again']))
    }
    await beginning.release()
    await dropped
    assert.deepEqual(await state(), [0, 2, 2])
    await world.sql('delete from uploads')
    assert.deepEqual(await state(), [0, 0, 0])
  })

  it('find the file that is made while they look for it', async () => {
    const key = randomUUID()
    assert.equal((await send(key, { bytes: '<html>', name: 'a.txt' })).code, 'FILE_TYPE_REFUSED')
    await world.settled()
    const [{ id }] = (await world.sql(`select record_id as id from changes where resource = 'uploads' order by changes.id desc limit 1`)) as [{ id: string }] // prettier-ignore
    await begun(id)
    await world.settled()
    const uploads = await held('lock table uploads in access exclusive mode')
    const sent = send(key, { bytes: 'text', name: 'a.txt' })
    await uploads.awaited('uploads')
    await uploads.client.query('delete from uploads')
    await uploads.client.query(`insert into files (id, user_id, name, type, size, sha256) values ($1, $2, 'a.txt', 'text/plain', 4, encode(sha256('text'), 'hex'))`, [id, owner.id]) // prettier-ignore
    await uploads.release()
    const { status, replayed, id: answered } = await sent
    assert.deepEqual([status, replayed, answered, await state()], [201, 'true', id, [1, 0, 0]])
    await world.sql('delete from files')
  })

  it('begin a resumable upload once', async () => {
    const key = randomUUID()
    const headers = { ...bearer(owner), 'Idempotency-Key': key, 'Tus-Resumable': '1.0.0', 'Upload-Length': '5' } // prettier-ignore
    const begin = async (length = '5') => fetch(`${world.url}/api/v1/uploads`, { method: 'POST', headers: { ...headers, 'Upload-Length': length } }) // prettier-ignore
    const [first, second] = [await begin(), await begin()]
    assert.deepEqual([first.status, second.headers.get('location')], [201, first.headers.get('location')])
    assert.equal((await begin('6')).status, 422)
    assert.equal((await world.sql('select 1 from uploads')).length, 1)
  })
})
