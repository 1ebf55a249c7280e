import assert from 'node:assert/strict'
import http from 'http'
import zlib from 'zlib'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import type { Expected } from './contract'
import { assertError, bearer, send, unchanged } from './contract'

const PATH = '/api/v1/tasks'
const JSON_TYPE = { 'Content-Type': 'application/json' }
const TASK = '{"title":"x"}'
const LIMIT = 1024 * 1024
const ofLength = (length: number) => JSON.stringify({ title: 'x'.repeat(length - 12) })

describe('bodies as they travel', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld()
    owner = await world.register('owner')
  })
  after(() => world?.close())

  const post = (headers: http.OutgoingHttpHeaders, body: Buffer | string) =>
    send(world, 'POST', PATH, { headers: { ...bearer(owner.token), ...headers }, body })
  const gzipped = (text: string) => zlib.gzipSync(text)
  const encoded = (encoding: string) => ({ ...JSON_TYPE, 'Content-Encoding': encoding })
  const typed = (type: string) => ({ 'Content-Type': type })
  const chunked = { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' }
  const rows: [string, http.OutgoingHttpHeaders, Buffer | string, number, Expected['code']?][] = [
    ['JSON', JSON_TYPE, TASK, 201],
    ['JSON with a charset', typed('application/json; charset=utf-8'), TASK, 201],
    ['JSON in another charset', typed('application/json; charset=iso-8859-1'), Buffer.from(TASK, 'latin1'), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['JSON in UTF-16', typed('application/json; charset=utf-16le'), Buffer.from(TASK, 'utf16le'), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['JSON of a structured type', typed('application/vnd.rachis.v1+json'), TASK, 201],
    ['a merge patch', typed('application/merge-patch+json'), TASK, 201],
    ['a text', typed('text/plain'), TASK, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a form', typed('application/x-www-form-urlencoded'), 'title=x', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a multipart form', typed('multipart/form-data; boundary=x'), '--x--', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['XML', typed('application/xml'), '<title/>', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['something that is no type', typed('json'), TASK, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a body of no type', {}, TASK, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['gzip', encoded('gzip'), gzipped(TASK), 201],
    ['gzip in capitals', encoded('GZIP'), gzipped(TASK), 201],
    ['gzip by its old name', encoded('X-Gzip'), gzipped(TASK), 201],
    ['brotli', encoded('br'), zlib.brotliCompressSync(TASK), 201],
    ['an unknown encoding', encoded('zip'), TASK, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['gzip that is none', encoded('gzip'), TASK, 400, 'MALFORMED_BODY'],
    ['brotli that is none', encoded('br'), TASK, 400, 'MALFORMED_BODY'],
    ['half of a gzip', encoded('gzip'), gzipped(TASK).subarray(0, 15), 400, 'MALFORMED_BODY'],
    ['gzip of 20 MB', encoded('gzip'), gzipped(ofLength(20 * LIMIT)), 413, 'PAYLOAD_TOO_LARGE'],
    ['a byte more than the limit', JSON_TYPE, ofLength(LIMIT + 1), 413, 'PAYLOAD_TOO_LARGE'],
    ['the limit itself', JSON_TYPE, ofLength(LIMIT), 422, 'VALIDATION_ERROR'],
    ['chunks beyond the limit', chunked, ofLength(LIMIT + 1), 413, 'PAYLOAD_TOO_LARGE'],
    ['20 MB in chunks', chunked, ofLength(20 * LIMIT), 413, 'PAYLOAD_TOO_LARGE'],
    ['chunks', chunked, TASK, 201],
    ['no body', { ...JSON_TYPE, 'Content-Length': 0 }, '', 400, 'MALFORMED_BODY'],
    ['no bytes in chunks', chunked, '', 422, 'VALIDATION_ERROR']
  ] // prettier-ignore
  for (const [what, headers, body, status, code] of rows) {
    it(`${status} for ${what}`, async () => {
      const answer = await (status === 201
        ? post(headers, body)
        : unchanged(world, () => post(headers, body)))
      assert.equal(answer.status, status, answer.text)
      if (code) assertError(answer.body, { code, ...(status === 422 ? { field: 'title' } : {}) })
    })
  }

  it('needs no type where an action is sent no byte, in chunks or not', async () => {
    const complete = async (headers: http.OutgoingHttpHeaders, body = '') => {
      const { id } = (await post(JSON_TYPE, TASK)).body
      const path = `${PATH}/${id}/complete`
      const done = () => send(world, 'POST', path, { headers: { ...bearer(owner.token), ...headers }, body })
      return body ? unchanged(world, done) : done()
    }
    const untyped = { 'Transfer-Encoding': 'chunked' }
    assertError((await complete(untyped, 'x')).body, { code: 'UNSUPPORTED_MEDIA_TYPE' })
    for (const headers of [untyped, { ...untyped, ...typed('text/plain') }, { 'Content-Length': 0 }])
      assert.equal((await complete(headers)).body.status, 'completed')
  })

  it('serves on after a client that left in the middle of its body', async () => {
    const { hostname, port } = new URL(world.url)
    const headers = { ...JSON_TYPE, ...bearer(owner.token), 'Content-Length': 1000 }
    await unchanged(world, async () => {
      const request = http.request({ hostname, port, method: 'POST', path: PATH, headers })
      const over = new Promise((resolve) => request.on('error', resolve))
      // The server has begun to read once it has taken the first part.
      await new Promise<void>((resolve) => request.write('{"title":', () => resolve()))
      request.destroy()
      await over
    })
    assert.equal((await post(JSON_TYPE, TASK)).status, 201)
  })
})
