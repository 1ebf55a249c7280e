import assert from 'node:assert/strict'
import { anyone, defineResource, integer, json, text } from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Hook } from '../../packages/rachis/src/service/hooks/context'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'

const pots = defineResource('pots', {
  fields: { name: text({ maxLength: 2000 }), size: integer(), data: json() },
  indexes: ['size'],
  access: { read: anyone }
}) as unknown as AnyResource

const PATH = '/api/v1/pots?size[$gte]=1&sort=size&limit=3'
const TURNS = [1, 2, 3, 4]

/** The last page of a list is kept, with its bytes and its digest: nobody must be able to tell. */
describe('a page that is asked for again', () => {
  let world: World
  before(async () => {
    world = await startWorld({ resources: [pots], settings: { http: { compress_from: 100 } } })
    await world.sql(`insert into pots (name, size, data) select 'pot', size, '{"size": 1.0}' from generate_series(1, 3) size`) // prettier-ignore
  })
  after(() => world?.close())

  const ask = async (headers: Record<string, string> = {}, path = PATH) => {
    const answer = await fetch(world.url + path, { headers: { 'accept-encoding': 'identity', ...headers } })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  /** By the chain of all stages, which keeps nothing. */
  const byChain = async () => {
    world.app.set('fastPath', false)
    const answer = await ask()
    world.app.set('fastPath', true)
    return answer
  }
  /** What is said of the present page by each way in which it can be asked for. */
  const seen = async () => {
    const [answer, whole] = [await ask(), await byChain()]
    assert.equal(answer.text, whole.text)
    for (const name of ['etag', 'link', 'content-type'])
      assert.equal(answer.headers.get(name), whole.headers.get(name), name)
    assert.equal(answer.headers.get('content-length'), String(Buffer.byteLength(answer.text)))
    const etag = answer.headers.get('etag')!
    for (const coding of ['gzip', 'br']) {
      const packed = await ask({ 'accept-encoding': coding })
      assert.deepEqual([packed.text, packed.headers.get('etag')], [answer.text, etag])
      assert.equal(packed.headers.get('content-encoding'), coding)
    }
    const known = await ask({ 'if-none-match': etag })
    assert.deepEqual([known.status, known.text], [304, ''])

    return answer.text
  }

  it('is the page of now, byte by byte, while it changes and changes back', async () => {
    // Beyond the length from which bodies are written as bytes, and in characters of one, two, three and four of them.
    const names = ['short', ...['a', 'é', '…', '😀'].map((character) => character.repeat(800))]
    const texts = new Set<string>()
    for (const name of [...names, ...names]) {
      await world.sql('update pots set name = $1', [name])
      for (const _ of TURNS) texts.add(await seen())
    }
    assert.equal(texts.size, names.length)
  })

  it('has the total and the links of now where its records stay', async () => {
    for (const added of [4, 5]) {
      await world.sql(`insert into pots (name, size, data) values ('more', $1, '[]')`, [added])
      for (const _ of TURNS) assert.equal((JSON.parse(await seen()) as { total: number }).total, added)
      assert.match((await ask()).headers.get('link')!, /skip=3>; rel="next"/)
    }
  })

  it('gives each call a query of its own, which its hooks may change', async () => {
    const queries: object[] = []
    const texts = new Set<string>()
    const change: Hook = async ({ params: { query } }, next) => {
      queries.push(query!)
      texts.add(JSON.stringify(query))
      await next()
      for (const value of [...Object.values(query!), query]) if (Object(value) === value) Object.assign(value as object, { more: 1 }) // prettier-ignore
    }
    world.app.service('pots' as 'tasks').hooks({ around: { find: [change] } })
    for (const _ of TURNS) assert.equal((await ask()).status, 200)
    assert.deepEqual([new Set(queries).size, texts.size], [TURNS.length, 1])
  })
})
