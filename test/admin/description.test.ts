import assert from 'node:assert/strict'
import type { Description } from '../../packages/rachis/src/admin'
import type { Json, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

describe('what the API says of itself to the admin page', () => {
  let world: World
  before(async () => void (world = await startWorld()))
  after(() => world.close())

  const described = async (who: string): Promise<Description> => {
    const { status, body } = await world.as(who).get('/admin/description')
    assert.equal(status, 200)

    return body
  }
  const resourceFor = async (who: string, name: string) =>
    (await described(who)).resources.find((resource) => resource.name === name)
  const operationsFor = async (who: string, name: string) =>
    (await resourceFor(who, name))?.operations.map((operation) => operation.name) ?? []
  const listsFor = async (who: string) =>
    (await described(who)).resources
      .filter(({ operations }) => operations.some(({ name }) => name === 'find'))
      .map(({ name }) => name)

  it('names for each role the lists that it may open, and no other', async () => {
    assert.deepEqual(await listsFor('anonymous'), ['categories', 'products', 'product_images'])
    const own = ['users', 'sessions', 'identities', 'api_keys', 'saved_views', 'files', 'uploads', 'job_runs', 'webhook_endpoints', 'webhook_deliveries', 'notifications', 'notification_preferences', 'tasks', 'categories', 'products', 'product_images', 'orders', 'order_items', 'stores', 'inventory', 'replenishments'] // prettier-ignore
    assert.deepEqual(await listsFor('owner'), own)
    assert.deepEqual(await listsFor('manager'), own)
    assert.deepEqual((await listsFor('admin')).filter((name) => !own.includes(name)), ['audit', 'security_events', 'dead_letters', 'received_webhooks']) // prettier-ignore
  })

  it('names the operations whose rule could hold for the caller', async () => {
    assert.deepEqual(
      (await operationsFor('anonymous', 'products')).filter((name) => ['find', 'create', 'patch', 'remove', 'restore'].includes(name)), // prettier-ignore
      ['find']
    )
    assert.ok(!(await operationsFor('owner', 'products')).includes('patch'))
    assert.ok((await operationsFor('manager', 'products')).includes('patch'))
    assert.ok(!(await operationsFor('manager', 'products')).includes('create'))
    assert.ok((await operationsFor('admin', 'products')).includes('create'))
    assert.ok(!(await operationsFor('owner', 'orders')).includes('ship'))
    assert.ok((await operationsFor('admin', 'orders')).includes('ship'))
    assert.ok(!(await operationsFor('manager', 'analytics')).includes('sales'))
  })

  it('tells of no field that the caller may not read, and takes none that they may not write', async () => {
    const text = JSON.stringify(await resourceFor('owner', 'products'))
    assert.doesNotMatch(text, /"cost"/)
    const ofManager = (await resourceFor('manager', 'products'))!
    assert.ok(ofManager.fields.some(({ name }) => name === 'cost'))
    const patch = ofManager.operations.find(({ name }) => name === 'patch')!
    assert.deepEqual(Object.keys(patch.input.properties as object), ['cost'])
    const users = (await resourceFor('admin', 'users'))!
    assert.ok(!users.fields.some(({ name }) => name === 'password'))
  })

  it('says what else has to hold of a record, as far as a page can tell', async () => {
    const owner = await world.person('owner')
    const tasks = (await resourceFor('owner', 'tasks'))!
    const complete = tasks.operations.find(({ name }) => name === 'complete')!
    assert.deepEqual(complete.when, {
      kind: 'in',
      of: { kind: 'column', name: 'user_id', type: 'bigint' },
      values: [owner.id]
    })
    assert.deepEqual(
      tasks.states?.transitions.find(({ name }) => name === 'complete'),
      { name: 'complete', from: ['pending', 'in_progress'], to: 'completed' }
    )
  })

  it('says what the application declares itself, and what its modules bring', async () => {
    const own = (await described('admin')).resources.filter(({ isOwn }) => isOwn).map(({ name }) => name)
    assert.deepEqual(own, ['tasks', 'categories', 'products', 'product_images', 'orders', 'order_items', 'analytics', 'stores', 'inventory', 'replenishments']) // prettier-ignore
  })

  it('calls records by what people look for them by', async () => {
    const titles = Object.fromEntries((await described('admin')).resources.map(({ name, title }) => [name, title])) // prettier-ignore
    assert.equal(titles.products, 'name')
    assert.equal(titles.orders, 'order_number')
    assert.equal(titles.users, 'email')
    assert.equal(titles.inventory, 'id')
  })

  it('follows relations only where the caller may look for the other side', async () => {
    const relations = async (who: string) =>
      (await resourceFor(who, 'products'))!.relations.map(({ name }) => name)
    assert.deepEqual(await relations('anonymous'), ['category', 'pictures'])
    assert.deepEqual(await relations('owner'), ['category', 'inventory', 'pictures'])
  })

  it('says what the ids in the input of own code refer to', async () => {
    const { operations } = (await resourceFor('owner', 'orders'))!
    const { input } = operations.find(({ name }) => name === 'create')! as Json
    assert.equal(input.properties.items.items.properties.product_id['x-references'], 'products')
  })

  it('is narrowed by an API key to what the key permits', async () => {
    const made = await world.as('owner').post('/api-keys', { name: 'k', permissions: ['admin:read', 'tasks:find'] }) // prettier-ignore
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const { body } = await world.rest({} as never, 'GET', '/admin/description', { headers: { 'X-API-Key': made.body.key } }) // prettier-ignore
    const found = (body as Description).resources.map(({ name, operations }) => [
      name,
      operations.map((operation) => operation.name)
    ])
    assert.deepEqual(found, [
      ['admin', ['description']],
      ['tasks', ['find']]
    ])
  })

  it('is the same over a socket, and follows a change of the role', async () => {
    const person = await world.register('climber')
    const before = await world.rest(person, 'GET', '/admin/description')
    const socket = await world.socket(person)
    assert.deepEqual(await socket.call('description', 'admin', {}), before.body)
    await world.sql(`update users set role = 'admin' where id = $1`, [person.id])
    await world.settled()
    const { body } = await world.rest(person, 'GET', '/admin/description')
    assert.ok((body as Description).resources.some(({ name }) => name === 'audit'))
  })

  it('is linked at the root of the host, which is a page in development only', async () => {
    const answer = await fetch(world.url, { headers: { Accept: 'text/html' } })
    assert.match(answer.headers.get('content-type')!, /json/)
    const { links, logins } = (await answer.json()) as { links: Record<string, string>; logins?: unknown }
    assert.deepEqual([links.admin, links.landing, logins], ['/admin', undefined, undefined])
  })
})
