import assert from 'node:assert/strict'
import type { Person } from '../../packages/rachis/src/testing/wire'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { fetchContent, sendForm, stageOf } from './stage'

const TEXT = 'abcdefghij'
type Asked = Record<string, string>

describe('downloads', () => {
  let world: World
  let owner: Person
  let id: string
  let etag: string
  before(async () => {
    world = await openStage(stageOf())
    owner = await world.person('owner')
    const { body } = await sendForm(world.url, owner, { bytes: TEXT, name: 'Tee 茶.txt', type: 'text/plain' }) // prettier-ignore
    id = body.id
    etag = `"${body.sha256}"`
  })
  after(() => world?.close())
  const ask = (headers: Asked, method = 'GET') => fetchContent(world.url, id, owner, { headers, method })

  const WHOLE = [200, TEXT, null] as const
  const RANGES: readonly (readonly [string, number, string, string | null])[] = [
    ['bytes=0-0', 206, 'a', 'bytes 0-0/10'],
    ['bytes=2-4', 206, 'cde', 'bytes 2-4/10'],
    ['bytes=7-', 206, 'hij', 'bytes 7-9/10'],
    ['bytes=7-99999999999999999999', 206, 'hij', 'bytes 7-9/10'],
    ['bytes=-3', 206, 'hij', 'bytes 7-9/10'],
    ['bytes=-99', 206, TEXT, 'bytes 0-9/10'],
    ['BYTES=1-1', 206, 'b', 'bytes 1-1/10'],
    ['bytes=0-1,3-4', ...WHOLE],
    ['bytes=4-2', ...WHOLE],
    ['bytes=-', ...WHOLE],
    ['bytes=a-b', ...WHOLE],
    ['bytes=1.5-2', ...WHOLE],
    ['items=0-1', ...WHOLE],
    ['0-1', ...WHOLE]
  ]
  for (const [range, status, text, told] of RANGES)
    it(`answer ${range} by ${status}`, async () => {
      const answer = await ask({ Range: range })
      assert.deepEqual([answer.status, String(answer.bytes), answer.headers.get('content-range')], [status, text, told]) // prettier-ignore
      assert.equal(answer.headers.get('content-length'), String(text.length))
    })

  for (const range of ['bytes=10-', 'bytes=99-100', 'bytes=-0'])
    it(`answer ${range} by 416 with the size`, async () => {
      const { status, headers, bytes } = await ask({ Range: range })
      assert.deepEqual([status, headers.get('content-range')], [416, 'bytes */10'])
      assert.equal(JSON.parse(String(bytes)).error.code, 'RANGE_NOT_SATISFIABLE')
    })

  it('are for pages of this host alone where a cookie came along', async () => {
    const policyOf = async (headers: Asked) => (await ask(headers)).headers.get('cross-origin-resource-policy') // prettier-ignore
    assert.deepEqual([await policyOf({}), await policyOf({ Cookie: 'a=b' })], ['cross-origin', 'same-origin'])
  })

  it('have a strong validator, by which caches and interrupted clients ask', async () => {
    const CASES: readonly (readonly [Asked, number])[] = [
      [{ 'If-None-Match': etag }, 304],
      [{ 'If-None-Match': `W/${etag}` }, 304],
      [{ 'If-None-Match': '*' }, 304],
      [{ 'If-None-Match': '"other"' }, 200],
      [{ 'If-None-Match': etag, Range: 'bytes=0-1' }, 304],
      [{ 'If-Range': etag, Range: 'bytes=0-1' }, 206],
      [{ 'If-Range': '"other"', Range: 'bytes=0-1' }, 200],
      [{ 'If-Range': `W/${etag}`, Range: 'bytes=0-1' }, 200],
      [{ 'If-Range': 'Sat, 01 Jan 2000 00:00:00 GMT', Range: 'bytes=0-1' }, 200],
      [{ 'If-Match': etag }, 200],
      [{ 'If-Match': '"other"' }, 412],
      [{ 'If-Match': `W/${etag}` }, 412]
    ]
    for (const [headers, status] of CASES) assert.equal((await ask(headers)).status, status, JSON.stringify(headers)) // prettier-ignore
    assert.equal((await ask({})).headers.get('etag'), etag)
  })

  it('answer HEAD by the headers of GET, without its bytes and without a range', async () => {
    const [head, get] = [await ask({ Range: 'bytes=0-1' }, 'HEAD'), await ask({})]
    assert.deepEqual([head.status, head.bytes.length], [200, 0])
    for (const name of ['content-length', 'content-type', 'etag', 'content-disposition', 'accept-ranges'])
      assert.equal(head.headers.get(name), get.headers.get(name), name)
  })

  it('run no script, whatever their bytes are, are kept by no shared cache, and have the name that they came with', async () => {
    const { headers } = await ask({})
    assert.equal(headers.get('content-type'), 'text/plain; charset=utf-8')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.match(headers.get('content-security-policy')!, /default-src 'none'.*sandbox/)
    assert.match(headers.get('cache-control')!, /^private/)
    const name = `inline; filename="Tee ?.txt"; filename*=UTF-8''Tee%20%E8%8C%B6.txt`
    assert.equal(headers.get('content-disposition'), name)
  })

  it('send a browser whatever it accepts, and nothing packed', async () => {
    const answer = await ask({ Accept: 'image/avif,image/webp', 'Accept-Encoding': 'gzip' })
    assert.deepEqual([answer.status, answer.headers.get('content-encoding')], [200, null])
  })

  it('take no other method', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) assert.equal((await ask({}, method)).status, 405)
  })
})
