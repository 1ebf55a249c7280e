import assert from 'node:assert/strict'
import { toldAs } from '../helpers/told'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { openStream } from '../streams/reader'

describe('/asyncapi.json', () => {
  let world: World
  let document: Json
  let owner: Person
  let admin: Person
  before(async () => {
    world = await startWorld()
    const cast = await world.cast()
    owner = cast.owner
    admin = cast.admin
    document = (await (await fetch(`${world.url}/asyncapi.json`)).json()) as Json
  })
  after(() => world.close())

  const live = async () => {
    const { body: task } = await world.rest(owner, 'POST', '/tasks', { body: { title: 'Water the plants' } })
    await world.rest(owner, 'PATCH', `/tasks/${task.id}`, { body: { priority: 'high' } })
    await world.rest(owner, 'POST', `/tasks/${task.id}/start`)
    await world.rest(owner, 'DELETE', `/tasks/${task.id}`)
    const { body: product } = await world.rest(admin, 'POST', '/products', {
      body: { name: 'Tea', sku: 'T-1', price: 3, cost: 1 }
    })
    await world.rest(admin, 'PATCH', `/products/${product.id}`, { body: { is_active: false } })
    await world.settled()
  }

  it('has the messages of all that sockets and the event stream tell, with the schemas of their data', async () => {
    const check = toldAs(document)
    const [mine, anybody] = [await world.socket(owner), await world.socket()]
    const keeps = await world.socket(owner, { after: null })
    const stream = await openStream(world, owner)
    await live()
    await stream.event('products removed')
    stream.close()
    const frames = [mine, anybody, keeps].flatMap(({ events, applied }) => [...events, ...applied])
    for (const frame of frames) check(frame)
    for (const { event, data } of stream.events) check({ name: event, data })
    const names = new Set([...frames.map(({ name }) => name), ...stream.names()])
    for (const name of [
      'tasks created',
      'tasks patched',
      'tasks start',
      'tasks removed',
      'products created',
      'products removed',
      'hello',
      'synced'
    ])
      // prettier-ignore
      assert.ok(names.has(name), `${name} was not told: ${[...names].join()}`)
  })

  it('refuses what is not told so: another type, a field that there is not, a name that there is not', () => {
    const check = toldAs(document)
    assert.throws(() => check({ name: 'tasks removed', data: {} }))
    assert.throws(() => check({ name: 'tasks created', data: { id: 1, nope: true } }))
    assert.throws(() => check({ name: 'synced', data: { position: 5 } }))
    assert.throws(() => check({ name: 'tasks nope', data: { id: 1 } }), /not in the document/)
  })

  it('tells nothing of columns that never leave the server, and has one message for each event', () => {
    const { messages, schemas } = document.components as Json
    assert.ok(!('password' in schemas.User.properties))
    const models = world.app
      .get('engine')
      .models.filter(({ events, rules }) => events.length > 0 && rules.read.kind !== 'false')
    for (const { name, path, events } of models)
      assert.deepEqual(
        Object.keys(document.channels[name].messages),
        [...events.map((event) => event.name), 'reset'],
        path
      )
    const refs = JSON.stringify(document)
      .match(/"#\/components\/[^"]+"/g)!
      .map((ref) => JSON.parse(ref).split('/'))
    for (const [, , kind, name] of refs)
      assert.ok(kind === 'schemas' ? schemas[name] : messages[name], `${kind}/${name}`)
  })
})
