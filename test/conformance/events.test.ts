import assert from 'node:assert/strict'
import { DEPTH } from '../helpers/depth'
import type { Json } from '../helpers/world'
import { randomDeclaration } from './declarations'
import { Deeds } from './deeds'
import { Dice, seeded } from './dice'
import { SEED } from './seed'
import { Stage } from './stage'
import { Hand } from './tables'

const ROUNDS = 35 * DEPTH

describe('events', () => {
  let stage: Stage
  let other: Hand
  before(async () => {
    const dice = new Dice(SEED)
    const extra = ['random_one', 'random_two', 'random_three'].map((name) => randomDeclaration(name, dice))
    stage = await Stage.open(extra, dice)
    await stage.watchAll()
    other = await Hand.to(stage.worlds[0].database)
  })
  after(async () => {
    await other.end()
    await stage.close()
  })

  it('make of what was found what a find gives now, for everybody, after whatever was done', async function () {
    this.timeout(60_000)
    await seeded(SEED, async (dice, log) => {
      const deeds = new Deeds(stage, dice, log)
      for (let round = 0; round < ROUNDS; round++) {
        const kind = dice.pick(['calls', 'calls', 'together', 'sql', 'mixed', 'interleaved'])
        if (kind === 'calls') await deeds.call()
        if (kind === 'together') await Promise.all([deeds.call(), deeds.call(), deeds.call(), deeds.call()])
        if (kind === 'sql') await deeds.sql()
        if (kind === 'mixed') await Promise.all([deeds.call(), deeds.sql(), deeds.call(), deeds.sql(other)])
        if (kind === 'interleaved') await deeds.interleaved(other)
        await stage.agree()
      }
      if (DEPTH > 1) deeds.wereVaried()
    })
    const [, here, there] = stage.watchers
    assert.deepEqual(here!.log, there!.log, 'one user is told the same, in the same order, by both processes')
  })

  it('tell of what is removed and of what is brought back', async () => {
    const [world] = stage.worlds
    await stage.hand.sql('update products set deleted_at = null, is_active = true where id = 1')
    await stage.agree()
    await world.rest(stage.cast.admin!, 'DELETE', '/products/1')
    await stage.agree()
    const { status } = await world.rest(stage.cast.admin!, 'POST', '/products/1/restore', { body: {} })
    assert.equal(status, 200)
    await stage.agree()
  })

  it('tell of a record whose id was changed by hand', async () => {
    await stage.hand.sql(`update tasks set id = id + 100000 where id = (select min(id) from tasks where user_id = $1)`, [stage.cast.owner!.id]) // prettier-ignore
    await stage.agree()
  })

  it('tell of numbers that JSON has no word for as a find does', async () => {
    for (const weight of ['NaN', 'Infinity', '1.5']) {
      await stage.hand.sql(
        'update products set weight = $1, is_active = true, deleted_at = null where id = 1',
        [weight]
      )
      await stage.agree()
    }
  })

  it('tell of records together with what follows them, whichever of them a statement takes first', async () => {
    const [{ id }] = (await stage.hand.sql('select min(order_id)::int as id from order_items')) as [
      { id: number }
    ]
    const order = 'update orders set id = id + $2::bigint, user_id = $3 where id = $1'
    const items = 'update order_items set order_id = order_id + $2::bigint where order_id = $1'
    const { owner, stranger } = stage.cast
    await stage.hand.sql(`with moved as (${order}) ${items}`, [id, 100_000, owner!.id])
    await stage.agree()
    await stage.hand.sql(`with moved as (${items}) ${order}`, [id + 100_000, -100_000, stranger!.id])
    await stage.agree()
    const copy = (table: string, changed: Json) =>
      `insert into ${table} select (jsonb_populate_record(t, '${JSON.stringify(changed)}')).* from ${table} t`
    await stage.hand
      .sql(`with items as (${copy('order_items', { id: 200_000, order_id: 200_000 })} where order_id = ${id} limit 1)
      ${copy('orders', { id: 200_000, order_number: 'ORD-COPY', user_id: owner!.id })} where id = ${id}`)
    await stage.agree()
  })

  it('leave what is never to be read out of the feed itself', async () => {
    for (const { name, fields } of stage.models) {
      const hidden = [...fields.values()].filter((field) => field.hidden && field.name !== 'deleted_at')
      const names = hidden.map((field) => field.name)
      const found = await stage.hand.sql('select id from changes where resource = $1 and (before ?| $2 or after ?| $2)', [name, names]) // prettier-ignore
      assert.deepEqual(found, [], name)
    }
  })
})
