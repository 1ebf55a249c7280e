import assert from 'node:assert/strict'
import type { Answer, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { Depot } from './depot'
import type { Retail } from './retail'

describe('replenishments, when several act at once', () => {
  let depot: Depot
  let retail: Retail
  let second: World
  before(async () => {
    depot = await Depot.open()
    retail = depot.retail
    second = await startWorld({ database: retail.world.database })
  })
  after(async () => {
    await second.close(true)
    await retail.world.close()
  })

  const codes = (answers: readonly Answer[]) => answers.map((answer) => answer.status).sort()

  it('one fulfils, the others are told that it is done: the stock moves once', async () => {
    const { manager, admin } = retail.people
    for (let round = 0; round < 10; round++) {
      await depot.set(0)
      const { id } = await depot.approved(10)
      const answers = await Promise.all(
        [retail.world, second, retail.world, second].map((world, i) => depot.call(i % 2 ? admin : manager, id, 'fulfill', world))
      )
      assert.deepEqual(codes(answers), [200, 409, 409, 409])
      for (const { body } of answers.filter(({ status }) => status === 409)) assert.equal(body.error.code, 'STATE_CONFLICT')
      assert.equal(await depot.stock(), 10)
      const changes = await retail.world.sql(`select from changes where resource = 'replenishments' and record_id = $1 and action = 'fulfill'`, [String(id)])
      assert.equal(changes.length, 1)
    }
  }) // prettier-ignore

  it('as many as fit are fulfilled, whoever comes first', async () => {
    const { manager, admin } = retail.people
    await depot.set(0, 45)
    const wanted = await Promise.all(Array.from({ length: 8 }, () => depot.approved(10)))
    const answers = await Promise.all(
      wanted.map(({ id }, i) => depot.call(i % 2 ? admin : manager, id, 'fulfill', i % 3 ? retail.world : second))
    )
    assert.deepEqual(codes(answers), [200, 200, 200, 200, 409, 409, 409, 409])
    for (const { body } of answers.filter(({ status }) => status === 409)) assert.equal(body.error.code, 'STOCK_LIMIT')
    assert.equal(await depot.stock(), 40)
    const [done] = await retail.world.sql('select count(*)::int as n from replenishments where status = $1 and id = any($2)', [
      'fulfilled', wanted.map(({ id }) => id)
    ])
    assert.equal(done!.n, 4)
  }) // prettier-ignore

  it('it is fulfilled or cancelled, never both', async () => {
    const { manager, north } = retail.people
    for (let round = 0; round < 10; round++) {
      await depot.set(0)
      const { id } = await depot.approved(10)
      const [fulfilled, cancelled] = await Promise.all([depot.call(manager, id, 'fulfill'), depot.call(north, id, 'cancel', second)])
      assert.deepEqual(codes([fulfilled, cancelled]), [200, 409])
      assert.equal(await depot.status(id), fulfilled.status === 200 ? 'fulfilled' : 'cancelled')
      assert.equal(await depot.stock(), fulfilled.status === 200 ? 10 : 0)
    }
  }) // prettier-ignore

  it('a sale by SQL in between is not lost', async () => {
    const { manager } = retail.people
    await depot.set(50)
    const wanted = await Promise.all(Array.from({ length: 5 }, () => depot.approved(5)))
    const sell = () => retail.world.sql('update inventory set current_stock = current_stock - 1 where id = $1', [depot.item.id])
    const [answers] = await Promise.all([
      Promise.all(wanted.map(({ id }) => depot.call(manager, id, 'fulfill'))),
      Promise.all(Array.from({ length: 10 }, sell))
    ])
    assert.deepEqual(codes(answers), [200, 200, 200, 200, 200])
    assert.equal(await depot.stock(), 50 + 25 - 10)
  }) // prettier-ignore
})
