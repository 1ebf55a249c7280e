import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Person } from '../../packages/rachis/src/testing/wire'
import type { World } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { openStage } from '../modules/stage'
import { bearer, filesIn, PNG, sendForm, stageOf } from './stage'

const SVG = '<?xml version="1.0"?><!-- a --><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
const HTML = '\n<!doctype html><script>alert(1)</script>'

describe('uploads by a form', () => {
  let world: World
  let owner: Person
  const options = stageOf({ max_size: 300_000, owner_bytes: 500_000, owner_count: 8 })
  before(async () => {
    world = await openStage(options)
    owner = await world.person('owner')
  })
  after(() => world?.close())

  const counted = async (): Promise<number[]> => {
    await world.settled()
    const [{ files, uploads }] = (await world.sql('select (select count(*) from files)::int as files, (select count(*) from uploads)::int as uploads')) as [{ files: number; uploads: number }] // prettier-ignore
    return [files, uploads, (await filesIn(options.folder)).length]
  }
  /** Refused, with nothing left of it. */
  const refused = async (part: Parameters<typeof sendForm>[2], status: number, code: string) => {
    const had = await counted()
    const answer = await sendForm(world.url, owner, part)
    assert.deepEqual([answer.status, answer.body.error?.code], [status, code], JSON.stringify(answer.body))
    assert.deepEqual(await counted(), had)
  }
  const raw = async (headers: Record<string, string>, body: string) => {
    const answer = await fetch(`${world.url}/api/v1/files`, { method: 'POST', headers: { ...bearer(owner), ...headers }, body }) // prettier-ignore
    return [answer.status, ((await answer.json()) as any).error.code]
  }

  it('go by what a file contains, whatever its name and type say', async () => {
    for (const bytes of [SVG, HTML, Buffer.from([0, 1, 2, 3, 250])])
      await refused({ bytes, name: 'a.png', type: 'image/png' }, 415, 'FILE_TYPE_REFUSED')
    const { body } = await sendForm(world.url, owner, {
      bytes: 'a;b\n1;2',
      type: 'text/html',
      name: 'a.html'
    })
    assert.equal(body.type, 'text/plain')
    await world.as('owner').delete(`/files/${body.id}`)
  })

  it('are bounded in size, by the field that they are meant for and by what is left for their owner', async () => {
    const long = (size: number) => Buffer.alloc(size, 'a')
    const picture = (size: number) => Buffer.concat([PNG, Buffer.alloc(size)])
    await refused({ bytes: long(300_001) }, 413, 'FILE_TOO_LARGE')
    await refused({ bytes: picture(100_000), query: '?field=posts.picture_id' }, 413, 'FILE_TOO_LARGE')
    await refused({ bytes: 'text', query: '?field=posts.picture_id' }, 415, 'FILE_TYPE_REFUSED')
    await refused({ bytes: PNG, query: '?field=posts.picture' }, 422, 'VALIDATION_ERROR')
    await refused({ bytes: PNG, query: '?fields=a' }, 400, 'BAD_QUERY')
    assert.equal((await sendForm(world.url, owner, { bytes: long(300_000) })).status, 201)
    await refused({ bytes: long(250_000) }, 413, 'FILE_QUOTA_EXCEEDED')
    const [{ id }] = (await world.sql('select id from files')) as [{ id: string }]
    assert.equal((await world.as('owner').delete(`/files/${id}`)).status, 200)
  })

  it('leave their owner no more than their number, also where many come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => sendForm(world.url, owner, { bytes: PNG }))) // prettier-ignore
    const made = answers.filter(({ status }) => status === 201)
    assert.ok(made.length <= 8 && made.length >= 1)
    for (const { status, body } of answers.filter((one) => !made.includes(one)))
      assert.deepEqual([status, body.error.code], [413, 'FILE_QUOTA_EXCEEDED'])
    const other = await sendForm(world.url, await world.person('stranger'), { bytes: PNG })
    assert.equal(other.status, 201)
    for (const { body } of made) await world.as('owner').delete(`/files/${body.id}`)
  })

  it('keep a name without folders and without what could end a header', async () => {
    const NAMES: readonly (readonly [string, string])[] = [
      ['../../etc/passwd', 'passwd'],
      ['C:\\Temp\\tea.png', 'tea.png'],
      ['..', 'file'],
      ['a\u202egpj.exe', 'agpj.exe']
    ]
    for (const [name, kept] of NAMES) {
      const { body } = await sendForm(world.url, owner, { bytes: PNG, name })
      assert.equal(body.name, kept)
      await world.as('owner').delete(`/files/${body.id}`)
    }
    const { body } = await world.as('owner').post('/uploads', { name: 'a\r\nSet-Cookie: b=c.txt', length: 5 })
    assert.equal(body.name, 'aSet-Cookie: b=c.txt')
    await world.as('owner').delete(`/uploads/${body.id}`)
  })

  it('refuse forms that are none, and have one file in them', async () => {
    const part = (name: string) => `--x\r\nContent-Disposition: form-data; name="${name}"; filename="a.txt"\r\n\r\ntext\r\n` // prettier-ignore
    const form = { 'Content-Type': 'multipart/form-data; boundary=x' }
    const had = await counted()
    assert.deepEqual(await raw({ 'Content-Type': 'application/json' }, '{}'), [415, 'UNSUPPORTED_MEDIA_TYPE'])
    assert.deepEqual(await raw({ 'Content-Type': 'multipart/form-data' }, 'a'), [400, 'MALFORMED_BODY'])
    assert.deepEqual(await raw(form, `${part('a')}--x--\r\n`.slice(0, -12)), [400, 'MALFORMED_BODY'])
    assert.deepEqual(await raw(form, '--x--\r\n'), [422, 'VALIDATION_ERROR'])
    assert.deepEqual(await raw(form, `${part('a')}${part('b')}--x--\r\n`), [422, 'VALIDATION_ERROR'])
    assert.deepEqual(await raw(form, part('a').replace('text', '') + '--x--\r\n'), [422, 'VALIDATION_ERROR'])
    assert.deepEqual(await counted(), had)
  })

  it('are begun one in a request', async () => {
    const had = await counted()
    for (const list of [[{ name: 'a' }], [{ name: 'a' }, { name: 'b' }], []]) {
      const { status, body } = await world.as('owner').post('/uploads', list)
      assert.deepEqual([status, body.error?.code], [422, 'VALIDATION_ERROR'], JSON.stringify(body))
    }
    assert.deepEqual(await counted(), had)
  })

  it('are for who is signed in', async () => {
    const { status } = await sendForm(world.url, anonymous, { bytes: PNG })
    assert.equal(status, 401)
    const had = await counted()
    const sent = request(`${world.url}/api/v1/files`, { method: 'POST', headers: { 'Content-Type': 'multipart/form-data; boundary=x' } }) // prettier-ignore
    sent.on('error', () => undefined)
    sent.write('--x\r\n')
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    assert.deepEqual([answer.statusCode, await counted()], [401, had])
    sent.destroy()
  })

  it('leave nothing where their client goes away', async () => {
    const had = await counted()
    const store = world.app.get('fileStore')
    const dropped = new Promise<void>((resolve) => {
      const { drop } = store
      store.drop = async (upload) => {
        await drop.call(store, upload)
        store.drop = drop
        resolve()
      }
    })
    const sent = request(`${world.url}/api/v1/files`, { method: 'POST', headers: { ...bearer(owner), 'Content-Type': 'multipart/form-data; boundary=x' } }) // prettier-ignore
    sent.on('error', () => undefined)
    sent.write('--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n')
    sent.write(Buffer.alloc(200_000, 'a'))
    while ((await counted())[1] === had[1]) await new Promise((resolve) => setTimeout(resolve, 5))
    sent.destroy()
    await dropped
    assert.deepEqual(await counted(), had)
  })
})
