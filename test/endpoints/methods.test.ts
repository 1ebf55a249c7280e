import assert from 'node:assert/strict'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'

/** Addresses that no declaration makes, with the methods that each takes. */
const ADDRESSES: readonly (readonly [path: string, allow: string])[] = [
  ...['/health', '/health/ready', '/openapi.json', '/asyncapi.json', '/docs', '/redoc', '/scalar', '/admin', '/shop', '/', '/api/v1'].map((path) => [path, 'GET, HEAD, OPTIONS'] as const),
  ['/api/v1/events', 'GET, OPTIONS'],
  ['/api/v1/events/poll', 'GET, OPTIONS'],
  ['/graphql', 'GET, POST, OPTIONS']
] // prettier-ignore

describe('the methods of an address', function () {
  this.timeout(60_000)
  let world: World
  before(async () => {
    world = await startWorld()
  })
  after(() => world?.close())

  const ask = (method: string, path: string) => fetch(`${world.url}${path}`, { method })

  for (const [path, allow] of ADDRESSES) {
    it(`are told by OPTIONS ${path}`, async () => {
      const answer = await ask('OPTIONS', path)
      assert.deepEqual([answer.status, answer.headers.get('allow'), await answer.text()], [204, allow, ''])
    })

    it(`are no others: DELETE ${path}`, async () => {
      const answer = await ask('DELETE', path)
      const { error } = (await answer.json()) as { error?: { code: string } }
      assert.equal(answer.status, 405)
      const told = answer.headers.get('allow')!.split(', ')
      assert.deepEqual(told.filter((method) => !allow.split(', ').includes(method)), []) // prettier-ignore
      assert.equal(error?.code ?? 'METHOD_NOT_ALLOWED', 'METHOD_NOT_ALLOWED')
    })
  }

  it('include HEAD wherever a page or a document is read', async () => {
    for (const [path] of ADDRESSES.filter(([, allow]) => allow.includes('HEAD'))) {
      const answer = await ask('HEAD', path)
      assert.deepEqual([answer.status, await answer.text()], [200, ''], path)
    }
  })
})
