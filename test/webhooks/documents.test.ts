import assert from 'node:assert/strict'
import { admin } from '../../packages/rachis/src/admin'
import { createApp } from '../../packages/rachis/src/create-app'
import { accounts } from '../../packages/rachis/src/accounts'
import { defineResource } from '../../packages/rachis/src/declare'
import { jobs } from '../../packages/rachis/src/jobs'
import { webhooks } from '../../packages/rachis/src/webhooks'
import type { Json } from '../../packages/rachis/src/testing/wire'
import type { OpenApiDocument } from '../../packages/rachis/src/openapi/openapi'
import { assertValid } from '../compilers/openapi-inspect'
import { pointer, validatorOf } from '../helpers/documented'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { Receiver } from './receiver'
import { endpointOf, letters, options } from './stage'

describe('what is said of webhooks', () => {
  let world: World
  let receiver: Receiver
  before(async () => {
    receiver = await new Receiver().open()
    const old = defineResource('letters', { ...letters.spec, versions: { 1: { fields: { subject: { from: 'title' } } } } } as never) // prettier-ignore
    world = await openStage({ ...options, resources: [old], modules: [...options.modules!, admin], versions: { current: 2 } }) // prettier-ignore
  })
  after(async () => {
    await world?.close()
    await receiver?.close()
  })
  const document = async (name: string) => (await (await fetch(`${world.url}/${name}`)).json()) as Json

  it('is in /openapi.json: endpoints, their actions and deliveries, and no secret but the new one', async () => {
    const { paths } = await document('openapi.json')
    const find = (path: string): Json => paths[path] ?? paths[`/api/v1${path}`]
    for (const path of [
      '',
      '/{id}',
      '/{id}/rotate',
      '/{id}/test',
      '/{id}/replay',
      '/{id}/enable',
      '/{id}/disable'
    ])
      assert.ok(find(`/webhook-endpoints${path}`), path)
    assert.deepEqual(Object.keys(find('/webhook-deliveries')).filter((method) => ['get', 'post'].includes(method)), ['get']) // prettier-ignore
    assert.ok(find('/webhook-deliveries/{id}/replay'))
    assert.ok(!JSON.stringify(paths).includes('"secrets"'))
  })

  it('is in the section webhooks: each event that sockets are told of, in the shape of its version', async () => {
    const received = receiver.received.length
    const { id } = await endpointOf(world, 'owner', receiver, { resources: ['letters'] })
    await world.as('owner').post('/api/v2/letters', { title: 'shown' })
    const { body } = (await receiver.some(received + 1)).at(received)!
    await world.as('owner').post(`/webhook-endpoints/${id}/disable`)
    const spec = (await document('openapi.json?version=2')) as unknown as OpenApiDocument
    await assertValid(spec)
    const told = await document('asyncapi.json?version=2')
    const names = Object.values<Json>(told.components.messages).map(({ name }) =>
      String(name).replace(' ', '.')
    )
    const sent = names.filter((name) => /[.]/.test(name) && !/^webhook-|[.]reset$/.test(name))
    assert.deepEqual(Object.keys(spec.webhooks!).sort(), [...sent, 'webhook.test', 'rachis.reset'].sort())
    const schemaOf = (name: string) => validatorOf(spec)(pointer('webhooks', name, 'post', 'requestBody', 'content', 'application/json', 'schema')) // prettier-ignore
    assert.ok(schemaOf('letters.created')(body), JSON.stringify(body))
    assert.ok(!schemaOf('letters.patched')(body))
    assert.ok(schemaOf('letters.removed')({ ...body, type: 'letters.removed', data: { id: 7 } }))
    const old = await document('openapi.json?version=1')
    assert.ok('subject' in old.components.schemas.Letter.properties)
    assert.deepEqual(Object.keys(old.webhooks), Object.keys(spec.webhooks!))
  })

  it('is in /asyncapi.json: deliveries are told of as they go', async () => {
    const text = JSON.stringify(await document('asyncapi.json'))
    for (const name of ['webhook-deliveries patched', 'webhook-endpoints created']) assert.ok(text.includes(name), name) // prettier-ignore
  })

  it('is on the admin page', async () => {
    const { body } = await world.as('owner').get('/admin/description')
    const names = JSON.stringify(body)
    for (const name of ['webhook-endpoints', 'webhook-deliveries', 'rotate', 'replay']) assert.ok(names.includes(`"${name}"`), name) // prettier-ignore
  })

  it('is sent in the shape of the version that an endpoint asks for', async () => {
    const before = receiver.received.length
    await endpointOf(world, 'owner', receiver, { resources: ['letters'], api_version: 1 })
    await endpointOf(world, 'admin', receiver, { resources: ['letters'] })
    await world.as('owner').rest('POST', '/api/v2/letters', { title: 'x' })
    const received = (await receiver.some(before + 2)).slice(before)
    const shapes = received.map(({ path, body: { data } }) => [path, data.subject, data.title]).sort()
    assert.deepEqual(shapes, [['/admin', undefined, 'x'], ['/owner', 'x', undefined]]) // prettier-ignore
  })

  it('is that the module needs jobs before it', () => {
    assert.throws(
      () => createApp({ resources: [], modules: [accounts, webhooks(), jobs([])] }),
      /webhooks needs the module jobs before it/
    )
  })
})
