import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import type { Person } from '../../packages/rachis/src/testing/wire'
import { assertDocumented, at } from '../helpers/documented'
import { assertToldAsDocumented } from '../helpers/told'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { bearer, PNG, sendForm, stageOf } from './stage'

const TUS = { 'Tus-Resumable': '1.0.0' }
const BYTES = { 'Content-Type': 'application/offset+octet-stream' }
type Headers = Record<string, string>

describe('what the document says of uploads and downloads', () => {
  let world: World
  let owner: Person
  let document: any
  before(async () => {
    world = await openStage(stageOf({ max_size: 1000 }))
    owner = await world.person('owner')
    document = await (await fetch(`${world.url}/openapi.json`)).json()
  })
  after(() => world?.close())

  /** Sends a request; its answer, and the headers that are documented for its status, are as documented. */
  const send = async (method: string, path: string, headers: Headers = {}, sent?: string | FormData, asked: readonly string[] = []) => {
    const answer = await fetch(`${world.url}/api/v1${path}`, { method, headers: { ...bearer(owner), ...headers }, body: sent ?? null })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json')
    const template = path.replace(/[0-9a-f-]{36}/, '{id}').replace(/(files\/)\{id\}(\/content)/, '$1{file_id}$2')
    const told = at(document, ['paths', template, method.toLowerCase(), 'responses', String(answer.status)])
    // Tus answers a creation without a body, at the address of the records.
    if (method === 'POST' && answer.status === 201 && text === '') assert.match(at(document, ['paths', template, 'post', 'description']), /no body/)
    else if (!told?.content?.['*/*']) assertDocumented(document, method, `/api/v1${path}`, answer.status, isJson && text ? JSON.parse(text) : text)
    for (const name of asked) {
      assert.ok(answer.headers.get(name), `${method} ${path} answers no ${name}`)
      const known = told.$ref ? at(document, told.$ref.slice(2).split('/')) : told
      assert.ok(known.headers[name], `${method} ${path}: ${name} is not documented`)
    }
    return answer
  } // prettier-ignore

  it('of bytes holds for ranges, conditions and what cannot be had', async () => {
    const { id } = (await sendForm(world.url, owner, { bytes: PNG })).body
    const path = `/files/${id}/content`
    const whole = ['ETag', 'Accept-Ranges', 'Content-Disposition', 'Cache-Control']
    assert.equal((await send('GET', path, {}, undefined, whole)).status, 200)
    assert.equal((await send('GET', path, { Range: 'bytes=0-3' }, undefined, [...whole, 'Content-Range'])).status, 206) // prettier-ignore
    assert.equal((await send('GET', path, { Range: 'bytes=9999-' }, undefined, ['Content-Range'])).status, 416) // prettier-ignore
    assert.equal((await send('GET', path, { 'If-Match': '"other"' })).status, 412)
    assert.equal((await send('GET', path, { 'If-None-Match': '*' })).status, 304)
    assert.equal((await send('GET', `/files/${randomUUID()}/content`)).status, 404)
  })

  it('of tus holds for each step and each refusal', async () => {
    const told = ['Tus-Resumable', 'Tus-Version', 'Tus-Extension', 'Tus-Max-Size', 'Tus-Checksum-Algorithm']
    assert.equal((await send('OPTIONS', '/uploads', {}, undefined, told)).status, 204)
    assert.equal((await send('POST', '/uploads', { ...TUS })).status, 422)
    assert.equal((await send('POST', '/uploads', { ...TUS, 'Upload-Length': '1001' })).status, 413)
    assert.equal((await send('POST', '/uploads', { 'Tus-Resumable': '2', 'Upload-Length': '6' })).status, 412)
    const begun = await send('POST', '/uploads', { ...TUS, 'Upload-Length': '6' }, undefined, ['Location'])
    const path = begun.headers.get('location')!.replace('/api/v1', '')
    const state = ['Tus-Resumable', 'Upload-Offset', 'Upload-Length', 'Upload-Expires']
    assert.equal((await send('OPTIONS', path, {}, undefined, told)).status, 204)
    assert.equal((await send('HEAD', path, TUS, undefined, state)).status, 200)
    const patch = (offset: string, body: string, more: Headers = {}, asked: readonly string[] = []) =>
      send('PATCH', path, { ...TUS, ...BYTES, 'Upload-Offset': offset, ...more }, body, asked)
    assert.equal((await patch('0', 'abc', {}, state)).status, 204)
    assert.equal((await patch('1', 'abc')).status, 409)
    assert.equal((await patch('3', 'abc', { 'Tus-Resumable': '2' })).status, 412)
    assert.equal((await patch('3', 'abc', { 'Content-Type': 'text/plain' })).status, 415)
    const wrong = `sha1 ${createHash('sha1').update('x').digest('base64')}`
    assert.equal((await patch('3', 'def', { 'Upload-Checksum': wrong })).status, 460)
    assert.equal((await patch('3', 'defg')).status, 413)
    assert.equal((await patch('x', 'def')).status, 422)
    const size = (await send('HEAD', path, TUS)).headers.get('upload-offset')!
    const last = await patch(size, 'abcdef'.slice(Number(size)), {}, [...state, 'Content-Location'])
    assert.equal(last.status, 204)
    assert.equal((await patch('6', 'g')).status, 404)
    const other = await send('POST', '/uploads', { ...TUS, 'Upload-Length': '6' })
    assert.equal((await send('DELETE', other.headers.get('location')!.replace('/api/v1', ''), TUS, undefined, ['Tus-Resumable'])).status, 204) // prettier-ignore
    assert.equal((await send('HEAD', `/uploads/${randomUUID()}`, TUS)).status, 404)
  })

  it('of events holds for files and uploads as they come and go', async () => {
    const events = await world.as('owner').events()
    const { id } = (await sendForm(world.url, owner, { bytes: PNG })).body
    await world.as('owner').delete(`/files/${id}`)
    const { body } = await world.as('owner').post('/uploads', { name: 'a.txt', length: 5 })
    await world.as('owner').delete(`/uploads/${body.id}`)
    for (const name of ['files created', 'files removed', 'uploads created', 'uploads removed']) await events.event(name) // prettier-ignore
    await assertToldAsDocumented(world, events.events)
  })

  it('of forms holds for a file, the same one again, and refusals', async () => {
    const form = (text: string) => {
      const made = new FormData()
      made.append('file', new Blob([text]), 'a.txt')
      return made
    }
    const key = { 'Idempotency-Key': randomUUID() }
    assert.equal((await send('POST', '/files', key, form('tea'), ['Location'])).status, 201)
    assert.equal((await send('POST', '/files', key, form('tea'), ['Idempotency-Replayed'])).status, 201)
    assert.equal((await send('POST', '/files', key, form('mug'))).status, 422)
    assert.equal((await send('POST', '/files', {}, form('a'.repeat(1001)))).status, 413)
    assert.equal((await send('POST', '/files', {}, form('<html>'))).status, 415)
    assert.equal((await send('POST', '/files', { 'Content-Type': 'multipart/form-data' }, 'a')).status, 400)
  })
})
