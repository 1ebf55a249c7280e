import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import type { Application } from '../../packages/rachis/src/declare/declarations'
import { createApp } from '../../src/app'
import type { Json } from '../helpers/world'
import { World } from '../helpers/world'

/** A service whose `setup` asks the server that it is set up by, as a client would. */
class Eager {
  readonly refused: { status: number; retry: string | null; body: Json }[] = []
  readonly held: Promise<Response>[] = []

  async find() {
    return []
  }

  async setup(app: Application) {
    const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
    const paths = ['/api/v1/products', '/socket.io/?EIO=4&transport=polling']
    const answers = paths.map(async (path) => {
      const answer = await fetch(url + path, { signal: AbortSignal.timeout(12_000) })
      const { status, headers } = answer
      this.refused.push({ status, retry: headers.get('retry-after'), body: (await answer.json()) as Json })
    })
    await Promise.all(answers)
    this.held.push(fetch(`${url}/api/v1/products`))
    // It has come by the time that a request behind it is answered.
    await fetch(`${url}/health`)
  }
}

describe('the setup of a service', function () {
  this.timeout(60_000)
  const eager = new Eager()
  let world: World
  before(async () => {
    const prepare = (app: Application) => void app.use('eager' as never, eager as never)
    world = await World.start({ createApp, prepare })
  })
  after(() => world?.close())

  it('that calls its own server is answered, and says how to do without', () => {
    assert.equal(eager.refused.length, 2)
    for (const { status, retry, body } of eager.refused) {
      assert.deepEqual([status, retry, body.error.code], [503, '2', 'UNAVAILABLE'])
      assert.equal(body.error.message, 'The server is starting: the setup of its services is not over')
      assert.match(
        body.error.hint,
        /A setup that calls this server waits for itself: let it call app\.service/
      )
    }
  })

  it('has other requests wait for its end', async () => {
    const [held] = await Promise.all(eager.held)
    assert.equal(held?.status, 200)
    await held?.body?.cancel()
  })
})
