import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createApp } from 'rachis'
import { accounts } from 'rachis/accounts'
import type { TestApp } from 'rachis/testing'
import { startTestApp } from 'rachis/testing'
import { Mailbox } from '../../helpers/mailbox'
import { billing, invoices } from './own-code'

describe('code of one’s own, as docs/own-code.md has it', () => {
  const mailbox = new Mailbox()
  let rates: Server
  let answer: () => { status: number; body: object }
  let app: TestApp
  before(async () => {
    await mailbox.open()
    rates = createServer((_request, response) => {
      const { status, body } = answer()
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
    }).listen(0, '127.0.0.1')
    await once(rates, 'listening')
    const resources = [invoices(`http://127.0.0.1:${(rates.address() as AddressInfo).port}`)]
    const modules = [accounts, billing({ smtpUrl: mailbox.url, interval: 50 })]
    app = await startTestApp({
      createApp: (options) => createApp({ resources, modules, root: __dirname, ...options }),
      unmigrated: resources
    })
  })
  after(async () => {
    await app?.close()
    rates.close()
    await mailbox.close()
  })

  const create = async (fields: object = {}) => {
    const { status, body } = await app
      .as('owner')
      .post('/invoices', { title: 'Green Tea', amount: 100, status: 'draft', ...fields })
    assert.equal(status, 201, JSON.stringify(body))
    return body
  }

  it('a hook fills a field in, within the transaction', async () => {
    assert.equal((await create()).slug, 'green-tea')
    assert.equal(
      (await app.as('owner').post('/invoices', { title: 'x', amount: 1, status: 'draft', slug: 'mine' }))
        .status,
      422
    )
  })

  it('a method of the service is a route and a socket method, under its rule', async () => {
    const { id } = await create()
    assert.equal((await app.as('owner').post(`/invoices/${id}/double`)).body.amount, 200)
    assert.equal((await app.as('owner').call('double', 'invoices', { id })).amount, 400)
    assert.equal((await app.as('stranger').post(`/invoices/${id}/double`)).status, 404)
  })

  it('a mail follows the commit, and not what is rolled back or only drafted', async () => {
    const { id } = await create()
    await app.as('owner').post(`/invoices/${id}/send`)
    const { email } = await app.person('owner')
    await mailbox.to(email!, new RegExp(`Invoice ${id}$`))
    assert.equal((await app.as('owner').post(`/invoices/${id}/send`)).status, 409)
    await app.settled()
    assert.equal(mailbox.received.length, 1)
  })

  it('another server is asked outside of the transaction, and its failure is an error of the catalogue', async () => {
    const { id } = await create()
    answer = () => ({ status: 200, body: { rate: 1.5 } })
    assert.deepEqual((await app.as('owner').post(`/invoices/${id}/convert`, { currency: 'EUR' })).body, {
      amount: 150,
      currency: 'EUR'
    })
    answer = () => ({ status: 500, body: {} })
    const { status, body } = await app.as('owner').post(`/invoices/${id}/convert`, { currency: 'EUR' })
    assert.deepEqual([status, body.error?.code ?? body.code], [503, 'RATES_UNAVAILABLE'])
  })

  it('a job does what is due, and its readers are told', async () => {
    const { id } = await create({ status: 'sent' })
    const told = await app.as('owner').events()
    // One transaction: a job that ran in between would change the record without its trigger, and nobody would be told.
    await app.sql(`alter table invoices disable trigger user;
      update invoices set updated_at = now() - interval '31 days' where id = ${id};
      alter table invoices enable trigger user`)
    await told.event('invoices patched', (invoice) => invoice.id === id && invoice.status === 'overdue')
    assert.equal((await app.as('owner').patch(`/invoices/${id}`, { status: 'draft' })).status, 409)
  })

  it('a raw route answers by itself, and nothing else', async () => {
    const nobody = app.as('anonymous')
    assert.deepEqual((await nobody.get('/billing/ping')).body, { is_open: true })
    assert.equal((await nobody.get('/billing/pong')).status, 404)
  })
})
