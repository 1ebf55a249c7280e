import assert from 'node:assert/strict'
import type { Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { send } from '../input/contract'

describe('letters of a path that are percent-encoded', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld()
    owner = await world.register('owner')
  })
  after(() => world?.close())

  for (const path of ['/%68ealth', '/%64ocs', '/openapi%2ejson', '/%61%70i/v1/products', '/api/v%31/%70%72oducts'])
    it(`${path} is found`, async () => assert.equal((await send(world, 'GET', path)).status, 200)) // prettier-ignore

  it('stand under the rules of the path', async () => {
    const { id } = (await world.rest(owner, 'POST', '/%74asks', { body: { title: 'x' } })).body
    const own = await world.rest(owner, 'GET', `/%74asks/${id}`)
    assert.deepEqual([own.status, own.body.id], [200, id])
    for (const path of [`/tasks/${id}`, `/%74asks/${id}`])
      assert.equal((await world.rest(anonymous, 'GET', path)).status, 401)
  })

  for (const path of ['/api/v1%2fproducts', '/api/v1/products%2F1', '/api/v1/%5f_proto__', '/api/v1/%2570roducts'])
    it(`${path} is not`, async () => assert.equal((await send(world, 'GET', path)).status, 404)) // prettier-ignore
})
