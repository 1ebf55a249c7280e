import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { anyone, defineResource, text } from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'

const parcels = defineResource('parcels', {
  fields: { label: text() },
  access: { read: anyone }
}) as unknown as AnyResource
type Method = (...args: unknown[]) => Promise<{ total: number }>

/** Programs replace methods in their tests, and put their own around them. Chains of hooks are made with the first call. */
describe('the methods of a service, before their first call', () => {
  let world: World
  let service: Record<'find' | 'create', Method>
  beforeEach(async () => {
    world = await startWorld({ resources: [parcels] })
    service = world.app.service('parcels' as never) as unknown as typeof service
  })
  afterEach(() => world.close())

  const callers = { provider: 'rest' }
  const isRefused = () => assert.rejects(service.create({ label: 'x' }, callers), { code: 405 })

  it('are functions that can be mocked, and are there again', async () => {
    const told = mock.method(service, 'find', async () => ({ total: 7 }))
    assert.equal((await service.find(callers)).total, 7)
    told.mock.restore()
    assert.equal((await service.find(callers)).total, 0)
  })

  it('stay as they are where an object made from the service has another one', async () => {
    const own = Object.create(service) as typeof service
    own.create = async () => ({ total: 1 })
    assert.deepEqual(await own.create({}), { total: 1 })
    await isRefused()
  })

  it('have hooks that are registered before the call and after it', async () => {
    const seen: string[] = []
    const hook = (name: string) => ({ before: { all: [async () => void seen.push(name)] } })
    const hooked = service as unknown as { hooks(map: object): void }
    hooked.hooks(hook('service'))
    world.app.hooks(hook('application'))
    await service.find(callers)
    assert.deepEqual(seen.splice(0), ['application', 'service'])
    hooked.hooks(hook('later'))
    await service.find(callers)
    assert.deepEqual(seen, ['application', 'service', 'later'])
  })
})
