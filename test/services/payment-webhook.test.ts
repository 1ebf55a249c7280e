import assert from 'node:assert/strict'
import type { Json } from '../helpers/world'
import { deliver, SECRETS, signed } from '../receivers/signers'
import { Shop } from './shop'

describe('payments that are told by webhooks', () => {
  let shop: Shop
  let order: Json
  before(async () => {
    const jobs = { enabled: true, poll_interval: 100, maintenance: 1 }
    shop = await Shop.open({ settings: { jobs, receivers: { payments: { secrets: [SECRETS.stripe] } } } })
  })
  after(() => shop?.world.close())
  beforeEach(async () => {
    order = await shop.ordered(shop.cast.owner, [[(await shop.product()).id, 1]])
  })

  let events = 0
  const tell = (type: string, more: object = {}, id = `evt_${++events}`) => {
    const { order_number, total, currency } = order
    const amount = Math.round(total * 100)
    const refunded = type === 'charge.refunded' ? { amount_refunded: amount } : {}
    const object = { amount, ...refunded, currency: currency.toLowerCase(), metadata: { order_number }, ...more } // prettier-ignore
    const body = JSON.stringify({ id, type, data: { object } })
    return deliver(shop.world, 'payments', body, signed.stripe(body))
  }
  it('is paid, failed and refunded by events, in the order in which they make sense, for those who see the order', async () => {
    const { cast, world } = shop
    const [mine, theirs] = await Promise.all([cast.owner, cast.stranger].map((one) => world.socket(one)))
    const steps = [['payment_intent.payment_failed', 'failed'], ['payment_intent.succeeded', 'paid'], ['charge.refunded', 'refunded']] // prettier-ignore
    for (const [type, to] of steps) {
      assert.equal((await tell(type!)).status, 202)
      await mine!.event(
        'orders patched',
        ({ id, payment_status }) => id === order.id && payment_status === to
      )
    }
    assert.deepEqual(
      (await theirs!.drained()).filter((name) => /orders|dead|received/.test(name)),
      []
    )
    const { data } = (await world.rest(cast.admin, 'GET', `/orders/${order.id}/history`)).body
    assert.equal(data.length, 4)
    assert.equal(data[0].user_id, null)
  })

  it('is changed by no event that comes again, late, or of another kind', async () => {
    const { cast, world } = shop
    const mine = await world.socket(cast.owner)
    const answers = []
    for (const [type, id] of [
      ['payment_intent.succeeded', 'evt_paid'], ['payment_intent.succeeded', 'evt_paid'], ['payment_intent.succeeded', 'evt_other'],
      ['payment_intent.payment_failed', 'evt_late'], ['customer.created', 'evt_kind'], ['charge.refunded', 'evt_refunded']
    ] as const) answers.push((await tell(type, {}, id)).body.status)
    assert.deepEqual(answers, ['accepted', 'duplicate', 'accepted', 'accepted', 'ignored', 'accepted'])
    // They are done in turn, so whatever the others do is done by now.
    await mine.event('orders patched', ({ id, payment_status }) => id === order.id && payment_status === 'refunded')
    const { data } = (await world.rest(cast.admin, 'GET', `/orders/${order.id}/history`)).body
    assert.deepEqual(data.slice(0, -1).map(({ changes }: Json) => changes.payment_status.to), ['refunded', 'paid'])
  }) // prettier-ignore

  it('stays refunded where the refund is told before the payment', async () => {
    const mine = await shop.world.socket(shop.cast.owner)
    assert.equal((await tell('charge.refunded')).status, 202)
    await mine.event(
      'orders patched',
      ({ id, payment_status }) => id === order.id && payment_status === 'refunded'
    )
    const before = await shop.everything()
    assert.equal((await tell('payment_intent.succeeded')).status, 202)
    // Jobs of one queue are done in turn: the refusal of the second shows that the first is done.
    const admin = await shop.world.socket(shop.cast.admin)
    await tell('payment_intent.succeeded', { metadata: { order_number: 'ORD-BEHIND' } })
    await admin.event('dead-letters created', ({ error }) => /ORD-BEHIND/.test(error))
    const { changes: _before, ...rows } = before
    const { changes: _after, ...after } = await shop.everything()
    assert.deepEqual(after, rows)
  })

  it('is not changed by a refund of a part', async () => {
    const admin = await shop.world.socket(shop.cast.admin)
    await tell('payment_intent.succeeded')
    await tell('charge.refunded', { amount_refunded: 1 })
    await admin.event('dead-letters created', ({ error }) =>
      /charge.refunded of 1 USD is not of the whole/.test(error)
    )
    const [row] = await shop.world.sql('select payment_status from orders where id = $1', [order.id])
    assert.equal(row!.payment_status, 'paid')
  })

  it('refuses a currency that is none, and stores no job', async () => {
    const before = await shop.everything()
    const { status, body } = await tell('payment_intent.succeeded', { currency: 'ßßß' })
    assert.deepEqual([status, body.error.code], [422, 'VALIDATION_ERROR'])
    assert.deepEqual(await shop.everything(), before)
  })

  it('is not changed by an event of another amount or currency, or of no order: administrators find those as dead letters', async () => {
    const { cast, world } = shop
    const admin = await world.socket(cast.admin)
    const before = await shop.everything()
    const faults: [object, RegExp][] = [
      [{ amount: 1 }, /of 1 USD is not of the whole of order ORD-/],
      [{ currency: 'eur' }, /of \d+ EUR is not of the whole/],
      [{ metadata: { order_number: 'ORD-NONE' } }, /There is no order ORD-NONE/]
    ]
    for (const [more, message] of faults) {
      assert.equal((await tell('payment_intent.succeeded', more)).status, 202)
      const { data } = await admin.event('dead-letters created', ({ error }) => message.test(error))
      assert.deepEqual([data.job, data.attempts, data.enqueued_by], ['note_payment', 1, null])
    }
    const { changes: _before, ...rows } = before
    const { changes: _after, ...after } = await shop.everything()
    assert.deepEqual(after, rows)
  })

  it('is changed by nobody who cannot sign', async () => {
    const before = await shop.everything()
    const body = JSON.stringify({ id: 'evt_x', type: 'payment_intent.succeeded', data: {} })
    for (const headers of [{}, signed.stripe(body, { secret: 'another-secret-of-stripe' }), { Authorization: `Bearer ${shop.cast.admin.token}` }]) {
      const answer = await deliver(shop.world, 'payments', body, headers as Record<string, string>)
      assert.deepEqual([answer.status, answer.body.error.code], [401, 'INVALID_SIGNATURE'])
    }
    assert.deepEqual(await shop.everything(), before)
  }) // prettier-ignore
})
