import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Json, Person } from '../../packages/rachis/src/testing/wire'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { fetchContent, PNG, sendForm, stageOf } from './stage'

type Who = 'anonymous' | 'owner' | 'stranger' | 'manager' | 'admin'
const EVERYBODY: readonly Who[] = ['anonymous', 'owner', 'stranger', 'manager', 'admin']

describe('the rights on a file', () => {
  let world: World
  let cast: Record<Who, Person>
  before(async () => {
    world = await openStage(stageOf())
    cast = await world.cast()
  })
  after(() => world?.close())

  const upload = async (who: Who = 'owner', bytes: Buffer | string = PNG): Promise<string> => {
    const { status, body } = await sendForm(world.url, cast[who], { bytes, name: 'a' })
    assert.equal(status, 201, JSON.stringify(body))
    return body.id
  }
  /** Who receives its bytes; to everybody else it is not there. */
  const shownTo = async (id: string): Promise<Who[]> => {
    const shown: Who[] = []
    for (const who of EVERYBODY) {
      const { status, bytes } = await fetchContent(world.url, id, cast[who])
      if (status === 200) shown.push(who)
      else assert.deepEqual([status, JSON.parse(String(bytes)).error.code], [404, 'NOT_FOUND'])
    }

    return shown
  }
  const post = (who: Who, body: object) => world.as(who).post('/posts', { title: 'Tea', ...body })

  it('are those of its owner and of administrators until something refers to it', async () => {
    assert.deepEqual(await shownTo(await upload()), ['owner', 'admin'])
  })

  it('are for reading those of the record that refers to it, as it is now', async () => {
    const id = await upload()
    const { body: record } = await post('owner', { picture_id: id })
    assert.deepEqual(await shownTo(id), EVERYBODY)
    await world.as('owner').patch(`/posts/${record.id}`, { is_public: false })
    assert.deepEqual(await shownTo(id), ['owner', 'admin'])
    await world.as('owner').patch(`/posts/${record.id}`, { is_public: true })
    assert.equal((await world.as('owner').delete(`/posts/${record.id}`)).status, 200)
    assert.deepEqual(await shownTo(id), ['owner', 'admin'])
    await world.as('owner').post(`/posts/${record.id}/restore`)
    assert.deepEqual(await shownTo(id), EVERYBODY)
  })

  it('are nobody’s by a field that they may not read, though they read the record', async () => {
    const id = await upload('owner', 'A contract')
    await post('owner', { contract_id: id })
    assert.deepEqual(await shownTo(id), ['owner', 'admin'])
  })

  it('answer what may not be had in the same words as what is not there', async () => {
    const id = await upload()
    const [hidden, missing] = await Promise.all(
      [id, randomUUID()].map((one) => fetchContent(world.url, one, cast.stranger, { headers: { 'X-Request-Id': 'same' } })) // prettier-ignore
    )
    assert.deepEqual([hidden!.status, String(hidden!.bytes)], [missing!.status, String(missing!.bytes)])
  })

  it('let nobody attach somebody else’s file, or tell whether there is one', async () => {
    const id = await upload()
    const { body: own } = await post('stranger', {})
    const events = await world.as('admin').events()
    events.forget()
    const tries = [
      await post('stranger', { picture_id: id }),
      await world.as('stranger').patch(`/posts/${own.id}`, { picture_id: id })
    ]
    const unknown = await post('stranger', { picture_id: randomUUID() })
    for (const { status, body } of [...tries, unknown]) {
      assert.deepEqual([status, body.error.code], [409, 'MISSING_REFERENCE'])
      assert.equal(body.error.message, unknown.body.error.message)
    }
    await world.settled()
    assert.deepEqual(await events.told(), [])
    assert.deepEqual(await world.sql('select from posts where picture_id = $1', [id]), [])
    assert.deepEqual(await shownTo(id), ['owner', 'admin'])
  })

  it('let nobody attach a file to a record that they may not change', async () => {
    const { body: record } = await post('owner', {})
    const picture_id = await upload('stranger')
    assert.equal((await world.as('stranger').patch(`/posts/${record.id}`, { picture_id })).status, 403)
    assert.deepEqual(await shownTo(picture_id), ['stranger', 'admin'])
  })

  it('let a field refer to no file of another kind than it takes', async () => {
    const { status, body } = await post('owner', { picture_id: await upload('owner', 'A text') })
    assert.deepEqual([status, body.error.code], [409, 'MISSING_REFERENCE'])
    assert.match(body.error.message, /does not exist, or that this field does not take/)
    assert.match(
      body.error.hint,
      /"type":\{"\$in":\["image\/png","image\/jpeg"\]\},"size":\{"\$lte":100000\}/
    )
    const others = [await post('stranger', { picture_id: await upload() }), await post('stranger', { picture_id: randomUUID() })] // prettier-ignore
    const told = ({ message, hint, details }: Json) => ({ message, hint, details })
    for (const other of others) assert.deepEqual(told(other.body.error), told(body.error))
  })

  it('leave a record with what an administrator attached to be changed by its owner', async () => {
    const { body: record } = await post('owner', {})
    const picture_id = await upload('admin')
    await world.as('admin').patch(`/posts/${record.id}`, { picture_id })
    const { status } = await world.as('owner').patch(`/posts/${record.id}`, { picture_id, title: 'Coffee' })
    assert.equal(status, 200)
  })

  it('let no client say what a file is', async () => {
    const id = await upload()
    assert.equal((await world.as('owner').patch(`/files/${id}`, { type: 'text/html' })).status, 405)
    assert.equal((await world.as('stranger').get(`/files/${id}`)).status, 404)
    assert.equal((await world.as('anonymous').get(`/files/${id}`)).status, 401)
  })

  it('are asked by sockets too, which are told what a file is and where it can be fetched', async () => {
    const id = await upload()
    const told = await world.as('owner').call('content', 'files', { file_id: id })
    assert.deepEqual([told.type, told.size, told.url], ['image/png', PNG.length, `/api/v1/files/${id}/content`]) // prettier-ignore
    assert.equal((await world.as('stranger').refusal('content', 'files', { file_id: id })).code, 404)
  })

  it('can be lent by a signed link', async () => {
    const id = await upload()
    const { body } = await world.as('owner').post('/auth/links', { path: `/api/v1/files/${id}/content` })
    const answer = await fetch(`${world.url}${body.url}`)
    assert.deepEqual([answer.status, answer.headers.get('cache-control')], [200, 'private, no-store'])
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), PNG)
    const { body: foreign } = await world.as('stranger').post('/auth/links', { path: `/api/v1/files/${id}/content` }) // prettier-ignore
    assert.equal((await fetch(`${world.url}${foreign.url}`)).status, 404)
  })

  it('have files told of to their owner and administrators, and to nobody else', async () => {
    const [own, foreign] = await Promise.all([world.as('owner').events(), world.as('stranger').events()])
    foreign.forget()
    const id = await upload()
    await own.event('files created', (file) => file.id === id)
    await world.settled()
    assert.deepEqual(await foreign.told(), [])
    const changes = await world.sql(`select user_id from changes where resource = 'files' and record_id = $1`, [id]) // prettier-ignore
    assert.deepEqual(changes.map(({ user_id }) => String(user_id)), [String(cast.owner.id)]) // prettier-ignore
  })
})
