import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { ServerResponse } from 'node:http'
import { webhooksSettings } from '../../packages/rachis/src/webhooks/settings'
import type { WebhooksSettings } from '../../packages/rachis/src/webhooks'
import { onlyInDepth } from '../helpers/depth'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { cert, key } from './certificate'
import type { Received } from './receiver'
import { assertSentAsDocumented } from './documented'
import { endless, Receiver } from './receiver'
import { config, delivered, endpointOf, options } from './stage'

/** Seconds of the story in one second of the test. */
const SPEED = 10_000
const HOUR = 3_600_000 / SPEED

const { retries, disable_after } = (webhooksSettings.defaults as WebhooksSettings).webhooks
const webhooks = {
  ...config.webhooks,
  timeout: 0.2,
  retries: retries.map((seconds) => seconds / SPEED),
  disable_after: disable_after / SPEED
}

const FAULTS: readonly ((response: ServerResponse) => unknown)[] = [
  (response) => response.destroy(),
  (response) => response.writeHead(500).end(),
  (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
  () => undefined,
  (response) => response.writeHead(200).write('.'),
  (response) => response.writeHead(200, { 'x-a': 'a'.repeat(20_000) }).end(),
  (response) => response.writeHead(503, { 'retry-after': '1' }).end(),
  (response) => response.socket!.end('nonsense\r\n\r\n'),
  (response) => endless(response)
]

/** What one receiver does, hour by hour, and the titles that it took of each record. */
class Story {
  readonly taken = new Map<string, string[]>()
  private readonly attempts = new Map<string, number>()
  private readonly begun = Date.now()
  private turn = 0

  hour(): number {
    return (Date.now() - this.begun) / HOUR
  }

  until(hour: number): Promise<unknown> {
    return pause(Math.max(0, this.begun + hour * HOUR - Date.now()))
  }

  behave = (response: ServerResponse, { path, headers, body }: Received) => {
    const key = `${path} ${headers['webhook-id']}`
    const attempt = (this.attempts.get(key) ?? 0) + 1
    this.attempts.set(key, attempt)
    if (path === '/manager' && this.hour() > 20 && this.hour() < 40) return response.writeHead(410).end()
    const isDown = this.hour() < 50
    const turn = this.turn++
    // What led elsewhere before has its last attempt left, at most.
    if (path !== '/moved' && ((isDown && attempt < 10) || (attempt < 3 && turn % 3 === 0)))
      return FAULTS[turn % FAULTS.length]!(response)
    const record = `${path} ${body.data.id}`
    this.taken.set(record, [...(this.taken.get(record) ?? []), body.data.title])
    return response.writeHead(204).end()
  }
}

describe('receivers that are down for fifty of eighty hours, and unreliable for the rest', () => {
  let world: World
  let receiver: Receiver
  const untrusted = createServer({ key, cert }, () => assert.fail('It was sent to whom nobody vouches for'))
  before(async function () {
    onlyInDepth(this)
    receiver = await new Receiver().open()
    await once(untrusted.listen(0, '127.0.0.1'), 'listening')
    world = await openStage({ ...options, config: { ...config, webhooks } as never })
  })
  after(async () => {
    untrusted.close()
    await world?.close()
    await receiver?.close()
  })

  /** Writes and changes records until the end of the story; answers the titles of each. */
  const writeUntilTheEnd = async (story: Story) => {
    const letters = new Map<number, string[]>()
    for (let hour = 0; hour < 80; hour += 8) {
      const { body } = await world.as('owner').post('/letters', { title: `${hour}`, is_shared: true })
      letters.set(body.id, [`${hour}`])
      for (const [id, titles] of letters) {
        if (titles.length === 4) continue
        titles.push(`${titles[0]} at ${hour}`)
        await world.as('owner').patch(`/letters/${id}`, { title: titles.at(-1)! })
      }
      await world.as('owner').post('/letters/fail', { title: 'rolled back' })
      await story.until(hour)
    }

    return letters
  }

  it('get every committed change, in the order of each record where they ask for it, and nothing that was rolled back', async () => {
    const wishes = { resources: ['letters'] }
    await endpointOf(world, 'owner', receiver, { ...wishes, ordered: true })
    await endpointOf(world, 'admin', receiver, wishes)
    const gone = await endpointOf(world, 'manager', receiver, wishes)
    const url = `https://127.0.0.1:${(untrusted.address() as AddressInfo).port}`
    const moved = await endpointOf(world, 'admin', receiver, { ...wishes, url })
    const since = new Date(Date.now() - 60_000).toISOString()
    const story = new Story()
    receiver.behave = story.behave
    /** What owners do of whose endpoint one was switched off by a 410, and one led to a server with a wrong certificate. */
    const mend = async () => {
      await story.until(56)
      await world.as('admin').patch(`/webhook-endpoints/${moved.id}`, { url: `${receiver.url}/moved` })
      const { body } = await world.as('manager').get(`/webhook-endpoints/${gone.id}`)
      assert.equal(body.disabled_reason, 'gone')
      await world.as('manager').post(`/webhook-endpoints/${gone.id}/enable`)
      await world.as('manager').post(`/webhook-endpoints/${gone.id}/replay`, { since })
    }
    const [letters] = await Promise.all([writeUntilTheEnd(story), mend()])
    await delivered(world)
    await assertSentAsDocumented(world, receiver.received)
    const states = await world.sql('select state, count(*)::int as count from webhook_deliveries group by state') // prettier-ignore
    assert.deepEqual(states.map(({ state }) => state as string), ['delivered']) // prettier-ignore
    for (const [id, titles] of letters) {
      const of = (path: string) => [...new Set(story.taken.get(`${path} ${id}`))]
      assert.deepEqual(of('/owner'), titles, 'in order')
      for (const path of ['/admin', '/manager', '/moved']) assert.deepEqual(of(path).sort(), [...titles].sort(), path) // prettier-ignore
    }
    assert.ok(!JSON.stringify([...story.taken.values()]).includes('rolled back'))
    assert.equal(story.taken.size, 4 * letters.size)
    assert.equal((await world.sql('select 1 from webhook_endpoints where disabled_at is not null')).length, 0)
  }).timeout(300_000)
})
