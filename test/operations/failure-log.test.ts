import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { anyone, defineResource, text, Type } from '../../packages/rachis/src/declare'
import { logger } from '../../packages/rachis/src/util/logger'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { ask } from '../graphql/ask'

const bells = defineResource('bells', {
  fields: { title: text() },
  access: { read: anyone, create: anyone },
  actions: {
    ring: {
      on: 'collection',
      input: Type.Object({}),
      output: Type.Object({ rung: Type.Boolean() }),
      access: anyone,
      run: () => Promise.reject(new TypeError('secret words'))
    }
  }
})

/** Whoever counts failures by the lines of the log would count some twice. */
describe('a failure of the server', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld({ resources: [bells] })
    owner = await world.person('owner')
  })
  after(() => world.close())

  const ways: [way: string, call: () => Promise<unknown>][] = [
    ['REST', () => world.rest(owner, 'POST', '/bells/ring', { body: {} })],
    ['a socket', async () => (await world.socket(owner)).call('ring', 'bells', {}).catch((error: Json) => error)],
    ['a batch', () => world.rest(owner, 'POST', '/batch', { body: { operations: [{ method: 'POST', path: '/bells/ring', body: {} }] } })],
    ['GraphQL', () => ask(world, owner, 'mutation { bells_ring { rung } }')]
  ] // prettier-ignore
  for (const [way, call] of ways)
    it(`is logged once with its trace and its cause, and not told, by ${way}`, async () => {
      const logged = mock.method(logger, 'error', () => undefined)
      try {
        const answer = JSON.stringify(await call())
        assert.ok(!answer.includes('secret words'), answer)
        const lines = logged.mock.calls.map(({ arguments: [facts] }) => facts as unknown as Json)
        assert.deepEqual(lines.map(({ err, path, method }) => [err.message, path, method]), [['secret words', 'bells', 'ring']]) // prettier-ignore
        assert.ok(answer.includes(lines[0]!.trace_id as string), answer)
      } finally {
        logged.mock.restore()
      }
    })
})
