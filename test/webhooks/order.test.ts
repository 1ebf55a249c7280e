import assert from 'node:assert/strict'
import { rescueWebhooks } from '../../packages/rachis/src/webhooks/sending/jobs'
import type { World } from '../helpers/world'
import type { Receiver } from './receiver'
import { closeBoth, delivered, endpointOf, openBoth } from './stage'

describe('ordered webhooks', () => {
  let world: World
  let receiver: Receiver
  before(async () => void ({ world, receiver } = await openBoth()))
  after(() => closeBoth({ world, receiver }))

  it('keep the order of each record while others go on, whatever fails', async () => {
    const { id } = await endpointOf(world, 'owner', receiver, { resources: ['letters'], ordered: true })
    const accepted: string[] = []
    const seen = new Set<string>()
    receiver.behave = (response, { body }) => {
      const { data } = body
      // Of one record the first attempt of each change fails, and the second of its changes fails for good.
      const isFirst = !seen.has(data.title)
      seen.add(data.title)
      const isRefused = data.title === 'b1' || (data.title.startsWith('b') && isFirst)
      if (!isRefused) accepted.push(data.title)
      response.writeHead(isRefused ? 500 : 204).end()
    }
    // One behind the other: the last test knows them by their ids, 1 and 2.
    const ids: unknown[] = []
    for (const title of ['a0', 'b0']) ids.push((await world.as('owner').post('/letters', { title })).body.id)
    for (let change = 1; change <= 5; change++)
      for (const [index, letter] of ids.entries())
        await world.as('owner').patch(`/letters/${String(letter)}`, { title: `${'ab'[index]}${change}` })
    await delivered(world)
    const of = (name: string) => accepted.filter((title) => title.startsWith(name))
    assert.deepEqual(of('a'), ['a0', 'a1', 'a2', 'a3', 'a4', 'a5'])
    assert.deepEqual(of('b'), ['b0', 'b2', 'b3', 'b4', 'b5'])
    const rows = await world.sql('select state, attempts from webhook_deliveries where endpoint_id = $1 order by id', [id]) // prettier-ignore
    assert.deepEqual(rows.filter(({ state }) => state === 'failed').map(({ attempts }) => attempts as number), [4]) // prettier-ignore
  })

  it('that are replayed wait for each other as well', async () => {
    receiver.forget()
    const [{ id }] = (await world.sql('select id from webhook_endpoints')) as [{ id: number }]
    const since = new Date(Date.now() - 600_000).toISOString()
    await world.as('owner').post(`/webhook-endpoints/${id}/replay`, { since, include_delivered: true })
    await receiver.some(12)
    await delivered(world)
    for (const name of ['a', 'b']) {
      const titles = receiver.received.map(({ body }) => body.data.title as string)
      const own = titles.filter((title) => title.startsWith(name))
      assert.deepEqual(own, [0, 1, 2, 3, 4, 5].map((change) => `${name}${change}`)) // prettier-ignore
    }
  })

  it('that have lost their place are found and sent', async () => {
    receiver.forget()
    const [{ id }] = (await world.sql('select id from webhook_endpoints')) as [{ id: number }]
    const age = `updated_at = now() - interval '1 hour', next_attempt_at = now() - interval '1 hour', attempts = 0`
    await world.sql(`update webhook_deliveries set state = 'waiting', ${age} where endpoint_id = $1 and record_id = '1'`, [id]) // prettier-ignore
    await world.sql(`update webhook_deliveries set state = 'pending', ${age} where endpoint_id = $1 and record_id = '2' and event = 'letters.created'`, [id]) // prettier-ignore
    await rescueWebhooks.enqueue({}, { app: world.app })
    await delivered(world)
    const titles = receiver.received.map(({ body }) => body.data.title as string)
    assert.deepEqual(titles.filter((title) => title.startsWith('a')), [0, 1, 2, 3, 4, 5].map((change) => `a${change}`)) // prettier-ignore
    assert.deepEqual(
      titles.filter((title) => title.startsWith('b')),
      ['b0']
    )
  })
})
