import assert from 'node:assert/strict'
import { createClient } from '../../packages/rachis/src/client'
import type { Client } from '../../packages/rachis/src/client'
import type { ServiceTypes } from '../../packages/rachis/src/declare/declarations'
import type { Person, World } from '../helpers/world'
import { PASSWORD, startWorld } from '../helpers/world'

describe('requests of the client beside calls', () => {
  let world: World
  let owner: Person
  let client: Client<ServiceTypes>
  before(async () => {
    world = await startWorld()
    owner = await world.person('owner')
    client = createClient<ServiceTypes>(world.url)
  })
  after(async () => {
    client?.close()
    await world?.close()
  })

  it('are anonymous without a session, and the answer is as it came', async () => {
    const response = await client.fetch('/tasks')
    assert.equal(response.status, 401)
    assert.equal(((await response.json()) as { error: { code: string } }).error.code, 'NOT_AUTHENTICATED')
  })

  it('send the token, the headers and the body that are given', async () => {
    await client.login({ email: owner.email!, password: PASSWORD })
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"title":"Tea"}' }
    const made = await client.fetch('/tasks', init)
    assert.equal(made.status, 201)
    assert.ok(made.headers.get('ETag'))
    const csv = await client.fetch('/tasks', { headers: { Accept: 'text/csv' } })
    assert.match(await csv.text(), /"Tea"/)
  })

  it('are made again with a new token where the server does not take the old one', async () => {
    const { session } = client
    await client.adopt({ ...session!, access_token: `${session!.access_token}x`, expires_in: 600 } as never)
    const response = await client.fetch('/auth/me')
    assert.equal(response.status, 200)
    assert.equal(((await response.json()) as { id: number }).id, owner.id)
    assert.notEqual(client.session!.access_token, `${session!.access_token}x`)
  })

  it('tell of a server that cannot be reached as calls do', async () => {
    const lost = createClient('http://127.0.0.1:1')
    await assert.rejects(lost.fetch('/tasks'), { code: 'NETWORK', status: 0 })
    lost.close()
  })
})
