import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Person } from '../../packages/rachis/src/testing/wire'
import type { World } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { openStage } from '../modules/stage'
import { bearer, fetchContent, filesIn, PNG, stageOf } from './stage'
import type { TusClient } from './tus-client'
import { idOf, openPatch, tusClient } from './tus-client'

describe('resumable uploads', () => {
  let world: World
  let owner: Person
  let client: TusClient
  let stranger: TusClient
  const options = stageOf({ max_size: 1000, owner_bytes: 5000 })
  before(async () => {
    world = await openStage(options)
    owner = await world.person('owner')
    client = tusClient(world.url, owner)
    stranger = tusClient(world.url, await world.person('stranger'))
  })
  after(() => world?.close())
  const uploads = () => world.sql('select id from uploads')
  const fileOf = async (path: string) => (await world.as('owner').get(`/files/${idOf(path)}`)).body

  it('say what they can', async () => {
    const { status, headers } = await client.send('OPTIONS', '/api/v1/uploads')
    assert.deepEqual(
      [status, headers.get('tus-version'), headers.get('tus-extension'), headers.get('tus-max-size')],
      [204, '1.0.0', 'creation,expiration,checksum,termination', '1000']
    )
  })

  it('come in parts, and are a file of their name and content with the last one', async () => {
    const path = await client.begin(PNG.length, { filename: '../Tee.png', filetype: 'text/html', field: 'posts.picture_id' }) // prettier-ignore
    assert.equal(await client.offset(path), 0)
    const first = await client.append(path, 0, PNG.subarray(0, 30))
    assert.deepEqual([first.status, first.headers.get('upload-offset')], [204, '30'])
    assert.ok(Date.parse(first.headers.get('upload-expires')!) > Date.now())
    assert.equal(await client.offset(path), 30)
    assert.equal((await fetchContent(world.url, idOf(path), owner)).status, 404)
    const last = await client.append(path, 30, PNG.subarray(30))
    assert.deepEqual([last.status, last.headers.get('content-location')], [204, `/api/v1/files/${idOf(path)}`]) // prettier-ignore
    const { name, type, size, sha256 } = await fileOf(path)
    assert.deepEqual([name, type, size, sha256], ['Tee.png', 'image/png', PNG.length, createHash('sha256').update(PNG).digest('hex')]) // prettier-ignore
    assert.deepEqual((await fetchContent(world.url, idOf(path), owner)).bytes, PNG)
    assert.equal(await client.offset(path), PNG.length)
    assert.deepEqual(await uploads(), [])
  })

  it('have their metadata answered by HEAD, where they were given any', async () => {
    const metadata = async (given: Record<string, string>) => {
      const path = await client.begin(5, given)
      const { status, headers } = await client.send('HEAD', path)
      await client.send('DELETE', path)
      return [status, headers.get('upload-metadata')]
    }
    const all = 'filename VGVlLnBuZw==,filetype aW1hZ2UvcG5n,field cG9zdHMucGljdHVyZV9pZA=='
    assert.deepEqual(await metadata({ filename: 'Tee.png', filetype: 'image/png', field: 'posts.picture_id' }), [200, all]) // prettier-ignore
    const own = { filename: '../Tee.png', author: 'Zoë', is_private: '' }
    assert.deepEqual(await metadata(own), [200, 'filename Li4vVGVlLnBuZw==,author Wm/Dqw==,is_private'], 'as it was sent') // prettier-ignore
    assert.deepEqual(await metadata({ filename: 'Täßchen.png' }), [200, 'filename VMOkw59jaGVuLnBuZw=='])
    assert.deepEqual(await metadata({}), [200, null])
  })

  it('tell a client that has forgotten the version to send it, and name PATCH among their methods', async () => {
    const path = await client.begin(5)
    const sent = { method: 'PATCH', body: 'abc', headers: { ...bearer(owner), 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' } } // prettier-ignore
    const answer = await fetch(`${world.url}${path}`, sent)
    const { error } = (await answer.json()) as { error: { field: string; hint: string } }
    assert.deepEqual([answer.status, answer.headers.get('tus-version')], [412, '1.0.0'])
    assert.deepEqual([error.field, /Send Tus-Resumable: 1\.0\.0/.test(error.hint)], ['Tus-Resumable', true])
    const json = { ...sent, body: '{}', headers: { ...bearer(owner), 'Content-Type': 'application/json' } }
    const other = await fetch(`${world.url}${path}`, json)
    const { error: refused } = (await other.json()) as { error: { code: string; hint: string } }
    assert.deepEqual([other.status, refused.code, other.headers.get('accept-patch')], [415, 'UNSUPPORTED_MEDIA_TYPE', 'application/offset+octet-stream']) // prettier-ignore
    assert.match(refused.hint, /application\/offset\+octet-stream/)
    const { status, headers } = await fetch(`${world.url}${path}`, { method: 'PUT', headers: bearer(owner) })
    assert.deepEqual([status, headers.get('allow')!.split(', ').includes('PATCH')], [405, true])
    assert.equal(await client.offset(path), 0)
    await client.send('DELETE', path)
  })

  it('have a name that is made fit as that of a form is', async () => {
    for (const [filename, name] of [
      [`${'x'.repeat(3000)}.png`, 'x'.repeat(200)],
      ['a\0/b\r\n.png', 'b.png']
    ]) {
      const path = await client.begin(5, { filename: filename! })
      assert.equal((await world.as('owner').get(`/uploads/${idOf(path)}`)).body.name, name)
      await client.send('DELETE', path)
    }
  })

  it('are their owner’s alone', async () => {
    const path = await client.begin(10)
    for (const other of [stranger, tusClient(world.url, anonymous)]) {
      const absent = (await other.append(`/api/v1/uploads/${randomUUID()}`, 0, 'abc')).status
      assert.equal((await other.append(path, 0, 'abc')).status, absent)
      assert.equal((await other.send('HEAD', path)).status, absent)
      assert.equal((await other.send('DELETE', path)).status, absent)
    }
    assert.equal((await tusClient(world.url, anonymous).send('POST', '/api/v1/uploads', { 'Upload-Length': '5' })).status, 401) // prettier-ignore
    assert.equal(await client.offset(path), 0)
    assert.equal((await client.send('DELETE', path)).status, 204)
    assert.equal(await client.offset(path), undefined)
  })

  it('are written on by their owner, whoever else asks for them or would remove them', async () => {
    const path = await client.begin(6)
    const writing = openPatch(world.url, path, owner, 0)
    writing.send('abc')
    while ((await world.app.get('fileStore').spool.size(idOf(path))) < 3) await new Promise(setImmediate)
    const tries = await Promise.all(
      [tusClient(world.url, anonymous), stranger].flatMap((other) => [
        other.send('HEAD', path),
        other.send('DELETE', path),
        other.append(path, 3, 'xyz')
      ])
    )
    assert.deepEqual(tries.map(({ status }) => status), [401, 401, 401, 404, 404, 404]) // prettier-ignore
    writing.end('def')
    assert.equal(await writing.answered, 204)
    assert.equal(String((await fetchContent(world.url, idOf(path), owner)).bytes), 'abcdef')
  })

  it('are written on by one request at a time, the newest', async () => {
    const path = await client.begin(10)
    const store = world.app.get('fileStore')
    const first = openPatch(world.url, path, owner, 0)
    first.send('aaa')
    while ((await store.spool.size(idOf(path))) < 3) await new Promise(setImmediate)
    const both = [openPatch(world.url, path, owner, 3), openPatch(world.url, path, owner, 3)]
    const ended = await Promise.race(both.map(({ answered }, index) => answered.then(() => index)))
    const [older, newer] = [both[ended]!, both[1 - ended]!]
    assert.ok([400, 409, 0].includes(await first.answered) && [400, 409, 0].includes(await older.answered))
    newer.end('bbbbbbb')
    assert.equal(await newer.answered, 204)
    assert.equal(String((await fetchContent(world.url, idOf(path), owner)).bytes), 'aaabbbbbbb')
  })

  it('are a file when they are asked for, where the storage failed on the last part', async () => {
    let path = await client.begin(6)
    const folderOf = () => join(options.folder, 'kept', path.slice(-2))
    while (existsSync(folderOf())) path = await client.begin(6)
    await mkdir(join(options.folder, 'kept'), { recursive: true })
    await writeFile(folderOf(), 'no folder')
    assert.equal((await client.append(path, 0, 'abcdef')).status, 500)
    assert.equal((await client.send('HEAD', path)).status, 500)
    await rm(folderOf())
    assert.equal(await client.offset(path), 6)
    assert.equal(String((await fetchContent(world.url, idOf(path), owner)).bytes), 'abcdef')
    await world.sql('delete from uploads')
  })

  it('go on from where they are only', async () => {
    const path = await client.begin(10)
    await client.append(path, 0, 'abcde')
    for (const offset of [0, 4, 6]) {
      const { status, body, headers } = await client.append(path, offset, 'xyz')
      assert.deepEqual([status, body.error.code, headers.get('upload-offset')], [409, 'UPLOAD_CONFLICT', '5'])
    }
    assert.equal(await client.offset(path), 5)
    assert.equal((await client.append(path, 5, 'fghij')).status, 204)
    assert.equal(String((await fetchContent(world.url, idOf(path), owner)).bytes), 'abcdefghij')
  })

  it('take no more than was announced, and what was announced is bounded', async () => {
    const path = await client.begin(4)
    const long = await client.append(path, 0, 'abcdefgh')
    assert.deepEqual([long.status, long.body.error.code], [413, 'FILE_TOO_LARGE'])
    await client.send('DELETE', path)
    await assert.rejects(client.begin(1001), /FILE_TOO_LARGE/)
    const held = await Promise.all(Array.from({ length: 4 }, () => client.begin(1000)))
    await assert.rejects(client.begin(1000), /FILE_QUOTA_EXCEEDED/)
    for (const one of held) await client.send('DELETE', one)
  })

  it('keep nothing of a part with another checksum', async () => {
    const path = await client.begin(6)
    const digest = (text: string, algorithm: string) => `${algorithm} ${createHash(algorithm).update(text).digest('base64')}` // prettier-ignore
    await client.append(path, 0, 'abc', { 'Upload-Checksum': digest('abc', 'sha1') })
    const wrong = await client.append(path, 3, 'xyz', { 'Upload-Checksum': digest('def', 'sha256') })
    assert.deepEqual([wrong.status, wrong.body.code, await client.offset(path)], [460, 460, 3])
    assert.equal((await client.append(path, 3, 'def', { 'Upload-Checksum': 'crc32 AAAA' })).status, 400)
    assert.equal((await client.append(path, 3, 'def', { 'Upload-Checksum': digest('def', 'md5') })).status, 204) // prettier-ignore
    assert.equal(String((await fetchContent(world.url, idOf(path), owner)).bytes), 'abcdef')
  })

  it('are refused for their content when it is complete, with nothing left of them', async () => {
    await world.settled()
    const had = (await filesIn(options.folder)).sort()
    const path = await client.begin(6)
    const { status, body } = await client.append(path, 0, '<html>')
    assert.deepEqual([status, body.error.code], [415, 'FILE_TYPE_REFUSED'])
    await world.settled()
    assert.deepEqual([await uploads(), (await filesIn(options.folder)).sort()], [[], had])
  })

  it('refuse what is no request of the protocol', async () => {
    const path = await client.begin(10)
    const patch = (headers: Record<string, string>) => client.append(path, 0, 'abc', headers)
    assert.equal((await patch({ 'Content-Type': 'text/plain' })).status, 415)
    assert.equal((await patch({ 'Upload-Offset': '-1' })).status, 422)
    assert.equal((await patch({ 'Tus-Resumable': '0.2.2' })).status, 412)
    assert.equal((await client.send('POST', '/api/v1/uploads', {})).status, 422)
    assert.equal((await client.send('POST', '/api/v1/uploads', { 'Upload-Length': '1', 'Upload-Metadata': 'filename ***' })).status, 422) // prettier-ignore
    assert.equal((await client.send('POST', '/api/v1/uploads', { 'Upload-Length': '1', 'Upload-Metadata': 'filename YQ==,filename Yg==' })).status, 422) // prettier-ignore
    const long = await client.send('POST', '/api/v1/uploads', { 'Upload-Length': '1', 'Upload-Metadata': `note ${'YWFh'.repeat(1024)}` }) // prettier-ignore
    assert.deepEqual([long.status, long.body.error.field], [422, 'Upload-Metadata'])
    assert.equal((await client.send('POST', '/api/v1/uploads', { 'Upload-Length': '0' })).status, 422)
    assert.equal((await client.send('PUT', path, {}, 'abc')).status, 405)
    assert.equal(await client.offset(path), 0)
    await client.send('DELETE', path)
  })

  it('are over when they expire: nothing of them can be gone on with, and the job removes them', async () => {
    const path = await client.begin(10)
    await client.append(path, 0, 'abc')
    await world.sql(`update uploads set expires_at = now() - interval '1 second' where id = $1`, [idOf(path)])
    assert.equal((await client.append(path, 3, 'def')).status, 404)
    assert.equal(await client.offset(path), undefined)
    await world.app.get('fileStore').clean()
    await world.settled()
    assert.deepEqual(await uploads(), [])
    assert.equal(
      (await filesIn(options.folder)).some((file) => file.includes(idOf(path))),
      false
    )
  })
})
