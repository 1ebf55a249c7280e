import assert from 'node:assert/strict'
import { guardService, servicesWithoutRule } from '../../packages/rachis/src/service/hooks/service-rules'
import { authenticated, role } from '../../packages/rachis/src/declare'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

/** A service as a developer writes it: without a declaration, a table or the feed. */
class Bells {
  async find() {
    return []
  }
  async create(data: Json) {
    return { id: 1, ...data }
  }
  async remove(id: number) {
    return { id }
  }
}

describe('the rules of a service that is written by hand', () => {
  let world: World
  let cast: Record<'anonymous' | 'owner' | 'admin' | 'manager' | 'stranger', Person>
  before(async () => {
    world = await startWorld()
    cast = await world.cast()
    const app = world.app as unknown as { use(path: string, service: object): void }
    app.use('bells', new Bells())
    app.use('whistles', new Bells())
    guardService(world.app, 'bells', { read: authenticated, create: role('admin') })
  })
  after(() => world.close())

  it('refuse what no rule allows, on both transports', async () => {
    const call = async (person: Person, method: string, body?: Json) =>
      (await world.rest(person, method, method === 'DELETE' ? '/bells/1' : '/bells', { body })).status
    assert.deepEqual([await call(cast.anonymous, 'GET'), await call(cast.owner, 'GET')], [401, 200])
    assert.deepEqual([await call(cast.owner, 'POST', { tone: 'a' }), await call(cast.admin, 'POST', { tone: 'a' })], [403, 201]) // prettier-ignore
    assert.equal(await call(cast.admin, 'DELETE'), 403, 'no rule, nobody')
    const socket = await world.socket(cast.owner)
    assert.equal((await socket.refusal('create', 'bells', {})).code, 403)
    assert.equal((await (await world.socket()).refusal('find', 'bells', {})).code, 401)
    const permissions = ['tasks:*']
    const key = (await world.rest(cast.admin, 'POST', '/api-keys', { body: { name: 'k', permissions } })).body.key // prettier-ignore
    assert.equal((await world.rest(cast.anonymous, 'GET', '/bells', { headers: { 'X-API-Key': key } })).status, 403) // prettier-ignore
  })

  it('let its events go to those who may read, and to nobody else', async () => {
    const people = [cast.owner, cast.anonymous, cast.stranger]
    const [reader, anonymous, leaving] = await Promise.all(people.map((person) => world.socket(person)))
    await leaving!.call('remove', 'authentication', null)
    await world.rest(cast.admin, 'POST', '/bells', { body: { tone: 'b' } })
    assert.deepEqual((await reader!.event('bells created')).data, { id: 1, tone: 'b' })
    await world.rest(cast.admin, 'POST', '/whistles', { body: { tone: 'c' } })
    for (const socket of [anonymous!, leaving!, reader!]) {
      const heard = (await socket.drained()).filter((name) => /^(bells|whistles) /.test(name))
      assert.deepEqual(heard, socket === reader ? ['bells created'] : [])
    }
  })

  it('are missed where there are none', () => {
    const declared = world.app.get('engine').models.map(({ path }) => path)
    assert.deepEqual(servicesWithoutRule(world.app, declared), ['whistles'])
  })
})
