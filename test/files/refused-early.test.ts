import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Person } from '../../packages/rachis/src/testing/wire'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { bearer, filesIn, stageOf } from './stage'
import { tusClient } from './tus-client'

const HEAD = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'

describe('uploads that cannot be taken', () => {
  let world: World
  let owner: Person
  const options = stageOf({ max_size: 2_000_000, owner_bytes: 1_000_000 })
  before(async () => {
    world = await openStage(options)
    owner = await world.person('owner')
  })
  after(() => world?.close())

  const nothing = async () => {
    await world.settled()
    const [row] = await world.sql('select (select count(*)::int from files) as files, (select count(*)::int from uploads) as uploads') // prettier-ignore
    assert.deepEqual([row, await filesIn(options.folder)], [{ files: 0, uploads: 0 }, []])
  }
  /** The answer to a form of which no more than this is sent. */
  const open = async (headers: Record<string, string | number>, sent: string | Buffer) => {
    const form = request(`${world.url}/api/v1/files`, { method: 'POST', headers: { ...bearer(owner), 'Content-Type': 'multipart/form-data; boundary=x', ...headers } }) // prettier-ignore
    form.on('error', () => undefined)
    form.write(HEAD)
    form.write(sent)
    const [answer] = (await once(form, 'response')) as [IncomingMessage]
    const { error } = JSON.parse(String(Buffer.concat(await answer.toArray()))) as { error: { code: string } }
    form.destroy()

    return [answer.statusCode, error.code, answer.headers.connection]
  }

  it('are refused before they are sent where their length is announced', async () => {
    assert.deepEqual(await open({ 'Content-Length': 5_000_000 }, 'a'), [413, 'FILE_TOO_LARGE', 'close'])
    assert.deepEqual(await open({ 'Content-Length': 1_500_000 }, 'a'), [413, 'FILE_QUOTA_EXCEEDED', 'close'])
    await nothing()
  })

  it('are refused while they are sent where it is not, once there is more than there is room for', async () => {
    const more = Buffer.alloc(1_000_001, 'a')
    assert.deepEqual(await open({ 'Transfer-Encoding': 'chunked' }, more), [413, 'FILE_QUOTA_EXCEEDED', 'close']) // prettier-ignore
    await nothing()
  })

  it('are told what they lack: a boundary, the version of the protocol, a length', async () => {
    const hintOf = async (path: string, headers: Record<string, string>, body?: string) => {
      const answer = await fetch(`${world.url}/api/v1${path}`, { method: 'POST', headers: { ...bearer(owner), ...headers }, body: body ?? null }) // prettier-ignore
      const { error } = (await answer.json()) as any
      return [answer.status, error.field, error.hint]
    }
    const [status, , hint] = await hintOf('/files', { 'Content-Type': 'multipart/form-data' }, 'a')
    assert.deepEqual([status, /boundary in Content-Type/.test(hint)], [400, true])
    assert.deepEqual(
      await hintOf('/uploads', { 'Tus-Resumable': '0.2.2', 'Upload-Length': '5' }),
      [412, 'Tus-Resumable', 'Send Tus-Resumable: 1.0.0 with each request of a resumable upload'] // prettier-ignore
    )
    for (const data of [{ name: 'a' }, { name: 'a', length: null }, { name: 'a', length: 0 }]) {
      const [code, field, told] = await hintOf('/uploads', { 'Content-Type': 'application/json' }, JSON.stringify(data)) // prettier-ignore
      assert.deepEqual([code, field, /Upload-Length/.test(told)], [422, 'length', true])
    }
    const socket = await world.socket(owner)
    await assert.rejects(socket.call('create', 'uploads', { name: 'a' }), { code: 422 })
    await nothing()
  })

  it('are refused where their bytes are packed on the way, and by whatever spelling a form is one', async () => {
    const form = 'Multipart/Form-Data; boundary=x'
    const body = `${HEAD}abc\r\n--x--\r\n`
    const send = async (method: string, path: string, headers: Record<string, string>) => {
      const answer = await fetch(`${world.url}${path}`, { method, headers: { ...bearer(owner), ...headers }, body }) // prettier-ignore
      return [answer.status, answer.headers.get('accept-encoding')]
    }
    const packed = { 'Content-Encoding': 'gzip' }
    assert.deepEqual(await send('POST', '/api/v1/files', { 'Content-Type': form, ...packed }), [415, 'identity']) // prettier-ignore
    const tus = {
      'Tus-Resumable': '1.0.0',
      'Upload-Offset': '0',
      'Content-Type': 'application/offset+octet-stream'
    }
    const path = await tusClient(world.url, owner).begin(500)
    assert.deepEqual(await send('PATCH', path, { ...tus, ...packed }), [415, 'identity'])
    await tusClient(world.url, owner).send('DELETE', path)
    await nothing()
    assert.deepEqual(await send('POST', '/api/v1/files', { 'Content-Type': form }), [201, null])
    await world.sql('delete from files')
  })

  it('have their method named where another one is not offered', async () => {
    for (const [method, status] of [
      ['OPTIONS', 204],
      ['PUT', 405]
    ] as const) {
      const { status: is, headers } = await fetch(`${world.url}/api/v1/files`, {
        method,
        headers: bearer(owner)
      })
      assert.deepEqual([is, headers.get('allow')], [status, 'GET, POST, HEAD, OPTIONS'])
    }
  })

  it('are offered neither as a list nor as a file of records', async () => {
    const document = (await (await fetch(`${world.url}/openapi.json`)).json()) as any
    const { paths } = document as { paths: Record<string, any> }
    assert.deepEqual([paths['/uploads/bulk'], paths['/uploads/import']], [undefined, undefined])
    assert.deepEqual(Object.keys(paths['/uploads'].post.requestBody.content), ['application/json'])
    assert.ok(paths['/posts/bulk'] && paths['/posts/import'])
    for (const path of ['/uploads/bulk', '/uploads/import'])
      assert.equal((await world.as('owner').post(path, [{ name: 'a', length: 1 }])).status, 405)
  })
})
