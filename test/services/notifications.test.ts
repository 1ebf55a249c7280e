import assert from 'node:assert/strict'
import { gatherJob, sendJob } from '../../packages/rachis/src/notifications/send'
import { Mailbox } from '../helpers/mailbox'
import type { Json, Person } from '../helpers/world'
import { Shop } from './shop'

describe('mails about orders and stock', () => {
  const mailbox = new Mailbox()
  let shop: Shop
  before(async () => {
    await mailbox.open()
    const settings = {
      notifications: { enabled: true },
      jobs: { enabled: true, poll_interval: 100, maintenance: 1 },
      mail: { smtp_url: mailbox.url }
    }
    shop = await Shop.open({ settings })
  })
  after(async () => {
    await shop?.world.close()
    await mailbox.close()
  })

  const ordered = async (person: Person) => shop.ordered(person, [[(await shop.product()).id, 1]])
  const subjects = (person: Person) => mailbox.received.filter(({ to }) => to.includes(person.email!)).map(({ mail }) => mail.subject) // prettier-ignore
  const prefer = (person: Person, kind: string, delivery: string) =>
    shop.world.rest(person, 'POST', '/notification-preferences', { body: { kind, delivery } })
  const gather = () => gatherJob(sendJob([]), { cron: '0 7 * * *' }).enqueue({}, { app: shop.world.app })
  /** Resolves once every mail of what has happened is sent: they are sent in turn, and that of this last order comes behind the others. */
  const quiet = async () => {
    const last = await world().register(`last${++lasts}`)
    await ordered(last)
    await mailbox.to(last.email!)
  }
  let lasts = 0
  const world = () => shop.world

  it('tell the customer of each step of their order, and nobody else', async () => {
    const { cast, world } = shop
    const order = await ordered(cast.owner)
    await mailbox.to(cast.owner.email!, /is pending/)
    for (const [step, status] of [['confirm', 'confirmed'], ['ship', 'shipped']] as const) {
      assert.equal((await shop.step(cast.admin, order.id, step)).status, 200)
      await mailbox.to(cast.owner.email!, new RegExp(`is ${status}`))
    } // prettier-ignore
    await quiet()
    const told = ['pending', 'confirmed', 'shipped'].map((status) => `Your order ${order.order_number} is ${status}`) // prettier-ignore
    assert.deepEqual(subjects(cast.owner), told)
    for (const other of [cast.stranger, cast.admin, cast.manager]) assert.deepEqual(subjects(other), [])
    const mine = (await world.rest(cast.owner, 'GET', '/notifications')).body
    assert.deepEqual(mine.data.map(({ kind, status }: Json) => [kind, status]), Array(3).fill(['order_updated', 'sent'])) // prettier-ignore
    assert.equal((await world.rest(cast.stranger, 'GET', '/notifications')).body.total, 0)
    assert.equal((await world.rest(cast.anonymous, 'GET', '/notifications')).status, 401)
  })

  it('tell staff once when a stock has come to its reorder level', async () => {
    const { cast, world } = shop
    const { id } = await shop.product({ name: 'Green tea', stock_quantity: 12, reorder_level: 10 })
    for (const quantity of [1, 1, 1]) await shop.ordered(cast.stranger, [[id, quantity]])
    for (const person of [cast.admin, cast.manager]) await mailbox.to(person.email!, /Low stock: Green tea/)
    await quiet()
    assert.deepEqual(subjects(cast.manager), ['Low stock: Green tea'])
    assert.ok(!subjects(cast.stranger).some((subject) => subject!.startsWith('Low')))
    // It has been above meanwhile.
    for (const stock_quantity of [50, 3]) await world.rest(cast.admin, 'PATCH', `/products/${id}`, { body: { stock_quantity } }) // prettier-ignore
    await mailbox.to(cast.manager.email!, /Low stock/, 2)
  })

  it('are not sent for what was rolled back', async () => {
    await quiet()
    const before = mailbox.received.length
    const { id } = await shop.product({ stock_quantity: 11, reorder_level: 10 })
    // The stock runs low and an order is made in the statements that come before the failure.
    await assert.rejects(
      shop.world.app.get('postgresqlClient').transaction(async (trx) => {
        await trx('products').where({ id }).update({ stock_quantity: 1 })
        await trx('orders').where({ user_id: shop.cast.owner.id }).update({ status: 'delivered' })
        throw new Error('This is rolled back')
      })
    )
    assert.equal((await shop.order(shop.cast.owner, [[id, 12]])).status, 409)
    await quiet()
    assert.equal(mailbox.received.length, before + 1)
  })

  it('are not sent to who does not want them, and preferences are one’s own', async () => {
    const { world } = shop
    const buyer = await world.register('unwilling')
    const made = await prefer(buyer, 'order_updated', 'off')
    assert.equal(made.status, 201, JSON.stringify(made.body))
    await ordered(buyer)
    await quiet()
    assert.deepEqual(subjects(buyer), [])
    const path = `/notification-preferences/${made.body.id}`
    for (const other of [shop.cast.stranger, shop.cast.admin]) {
      assert.equal((await world.rest(other, 'GET', path)).status, 404)
      assert.equal((await world.rest(other, 'PATCH', path, { body: { delivery: 'digest' } })).status, 404)
    }
    const wrong = await prefer(buyer, 'order_upated', 'off')
    assert.deepEqual([wrong.status, wrong.body.error.field], [422, 'kind'])
    assert.equal((await prefer(buyer, 'order_updated', 'digest')).status, 409)
  })

  it('are gathered in one mail for who wants a digest', async () => {
    const { world } = shop
    const buyer = await world.register('patient')
    await prefer(buyer, 'order_updated', 'digest')
    const orders = [await ordered(buyer), await ordered(buyer)]
    await shop.step(shop.cast.admin, orders[0]!.id, 'confirm')
    await quiet()
    assert.deepEqual(subjects(buyer), [])
    await gather()
    const { mail } = (await mailbox.to(buyer.email!))[0]!
    assert.equal(mail.subject, '2 updates')
    for (const { order_number } of orders) assert.ok(mail.text!.includes(order_number))
    await ordered(buyer)
    await quiet()
    await gather()
    await mailbox.to(buyer.email!, /is pending/)
    assert.equal(subjects(buyer).length, 2)
  })

  it('have one Message-ID where a process was killed before it noted that it had sent one', async () => {
    const { cast, world } = shop
    const { order_number } = await ordered(cast.owner)
    const subject = new RegExp(`${order_number} is pending`)
    await mailbox.to(cast.owner.email!, subject)
    await quiet()
    // As the killed process leaves it: sent, and not noted.
    const [{ batch }] = (await world.sql(`update notifications set status = 'pending', ended_at = null
      where id = (select max(id) from notifications where user_id = ${cast.owner.id}) returning batch`)) as [{ batch: string }] // prettier-ignore
    const again = () => sendJob([]).enqueue({ batch }, { app: world.app, user: { id: cast.owner.id! } })
    await again()
    const [first, second] = await mailbox.to(cast.owner.email!, subject, 2)
    assert.equal(first!.mail.messageId, `<${batch}@localhost>`)
    assert.equal(second!.mail.messageId, first!.mail.messageId)
    // What is noted is not sent again.
    await quiet()
    const before = mailbox.received.length
    await again()
    await quiet()
    assert.equal(mailbox.received.length, before + 1)
  })

  it('are not sent to who may not see the record any more, or cannot sign in any more', async () => {
    const { cast, world } = shop
    const buyer = await world.register('leaver')
    await prefer(buyer, 'order_updated', 'digest')
    await prefer(cast.manager, 'product_low', 'digest')
    await ordered(buyer)
    const { id } = await shop.product({ name: 'Secret tea', stock_quantity: 11 })
    await world.rest(cast.admin, 'PATCH', `/products/${id}`, { body: { stock_quantity: 1 } })
    await mailbox.to(cast.admin.email!, /Secret tea/)
    await world.rest(cast.admin, 'PATCH', `/users/${buyer.id}`, { body: { is_active: false } })
    await world.rest(cast.admin, 'PATCH', `/users/${cast.manager.id}`, { body: { role: 'user' } })
    await world.rest(cast.admin, 'PATCH', `/products/${id}`, { body: { is_active: false } })
    await quiet()
    const told = await world.socket(cast.admin)
    await gather()
    for (const kind of ['order_updated', 'product_low'])
      await told.event('notifications patched', (one) => one.kind === kind && one.status === 'dropped')
    assert.deepEqual(subjects(buyer), [])
    assert.ok(!mailbox.received.some(({ to, raw }) => to.includes(cast.manager.email!) && raw.includes('Secret tea')))
  }) // prettier-ignore
})
