import assert from 'node:assert/strict'
import { DEPTH, isDeep } from '../helpers/depth'
import type { Json } from '../helpers/world'
import { randomDeclaration } from './declarations'
import {
  areToldAlike,
  eventsKeepListsTrue
} from '../../packages/rachis/src/testing/conformance/checks/events'
import { Dice, seeded } from '../../packages/rachis/src/testing/dice'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import type { Stage } from './stage'
import { openStage } from './stage'
import { SqlConnection } from '../../packages/rachis/src/testing/conformance/tables'

const ROUNDS = 35 * DEPTH

describe('events', () => {
  let stage: Stage
  let other: SqlConnection
  before(async () => {
    const dice = new Dice(SEED)
    const extra = ['random_one', 'random_two', 'random_three'].map((name) => randomDeclaration(name, dice))
    stage = await openStage(extra, dice)
    await stage.watchAll()
    other = await SqlConnection.to(stage.worlds[0].database)
  })
  after(async () => {
    await other.end()
    await stage.close()
  })

  it('make of what was found what a find gives now, for everybody, after whatever was done', async function () {
    this.timeout(60_000 * Math.max(1, DEPTH))
    await seeded(SEED, async (dice, log) => {
      const ground = { stage, dice, depth: DEPTH, idsOf: () => [] }
      assert.ok((await eventsKeepListsTrue(ground, ROUNDS, log, isDeep)) > ROUNDS)
    })
  })

  it('tell of what a locked table holds up behind the rest, and of the rest with places before it', async () => {
    const { owner, stranger } = stage.cast
    await other.sql('begin')
    try {
      await other.sql('lock table order_items in access exclusive mode')
      await stage.hand.sql('update orders set user_id = case when user_id = $1 then $2::bigint else $1 end where id = (select min(id) from orders)', [owner!.id, stranger!.id]) // prettier-ignore
      const [id] = await stage.hand.insert('tasks', [{ title: 'Before', user_id: owner!.id }])
      for (const title of ['Now', 'Then'])
        await stage.hand.sql('update tasks set title = $1 where id = $2', [title, id])
      for (const { socket } of stage.watchers.slice(1, 3))
        await socket.event('tasks patched', (task) => task.title === 'Then')
    } finally {
      await other.sql('rollback')
    }
    await stage.agree()
    areToldAlike({ stage })
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
