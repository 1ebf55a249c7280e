import assert from 'node:assert/strict'
import { targetOf } from '../../packages/rachis/src/service/target'
import { TRUE } from '../../packages/rachis/src/declare/predicate'
import type { KeyValue } from '../../packages/rachis/src/sql/keyset'
import { orderKeys, reversed, segmentsBehind, sortOf } from '../../packages/rachis/src/sql/keyset'
import { selectSegments } from '../../packages/rachis/src/sql/select-segments'
import type { Sort } from '../../packages/rachis/src/sql/order-by'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { fill, RESOURCES } from './goods'
import type { PlanNode } from './plan'
import { planOf, readBy } from './plan'

const ROWS = 20_000
const LIMIT = 21

describe('the plan of a page by cursor', () => {
  let world: World
  const model = () => world.app.get('engine').models.find(({ name }) => name === 'goods')!

  before(async () => {
    world = await startWorld({ resources: RESOURCES })
    const { owner, stranger } = await world.cast()
    await fill(world, [owner, stranger], ROWS)
    // Prices, times and names that differ, as those of many records do; the others keep their many ties.
    await world.sql(`update goods set price = id % 5000, name = 'Thing ' || md5(id::text),
      due_at = case when due_at is not null then timestamptz '2026-01-01Z' + id * interval '1 second' end`)
    await world.sql('vacuum analyze goods')
  })
  after(() => world.close())

  const planAt = (sort: Sort, values: readonly KeyValue[], isBackwards: boolean): Promise<PlanNode[]> => {
    const target = targetOf(model())
    const forward = orderKeys(target, { sort })
    const keys = isBackwards ? reversed(forward) : forward
    const segments = segmentsBehind(keys, { values, isInclusive: false })
    const selection = { where: TRUE, sort: sortOf(keys), limit: LIMIT }

    return planOf(world, selectSegments(target, selection, segments, target.columns))
  }
  /** The values of the record in the middle of the list. */
  const middle = async (sort: Sort, where = 'true'): Promise<readonly KeyValue[]> => {
    const keys = orderKeys(targetOf(model()), { sort })
    const order = keys.map(({ of, direction }) => `${of.name} ${direction === 1 ? 'asc' : 'desc'}`).join(', ')
    const [row] = await world.sql(`select ${keys.map(({ of }) => `${of.name}::text`).join(', ')}
      from goods where ${where} order by ${order} offset (select count(*) / 2 from goods where ${where}) limit 1`) // prettier-ignore

    return keys.map(({ of }) => row![of.name] as KeyValue)
  }

  const orders: readonly (readonly [what: string, sort: Sort, where?: string])[] = [
    ['the id', { id: 1 }],
    ['the id, downwards', { id: -1 }],
    ['a column with an index', { price: 1 }],
    ['a column with an index, downwards', { price: -1 }],
    ['a text', { name: 1 }],
    ['a column with NULLs, among its values', { due_at: 1 }, 'due_at is not null'],
    ['a column with NULLs, among those', { due_at: 1 }, 'due_at is null'],
    ['a column with NULLs, downwards, among its values', { due_at: -1 }, 'due_at is not null'],
    ['a column with NULLs, downwards, among those', { due_at: -1 }, 'due_at is null'],
    ['a column of two values, with an index that goes on with the id', { is_new: 1 }],
    ['a column of two values, downwards', { is_new: -1 }],
    ['several columns of one index', { stars: 1, price: 1 }],
    ['several columns of one index, downwards', { stars: -1, price: -1 }],
    ['several columns in different directions', { price: 1, name: -1 }]
  ]
  for (const [what, sort, where] of orders)
    for (const isBackwards of [false, true])
      it(`reads an index, and few more records than it answers: ${what}${isBackwards ? ', backwards' : ''}`, async () => {
        const nodes = await planAt(sort, await middle(sort, where), isBackwards)
        const scans = nodes.filter(({ Plans }) => Plans === undefined)
        const shown = JSON.stringify(nodes, null, 1)
        assert.ok(scans.length > 0)
        for (const scan of scans) {
          assert.match(scan['Node Type'], /Index|^Result$/, shown)
          assert.ok(readBy(scan) <= 6 * LIMIT, shown)
        }
        for (const node of nodes.filter((one) => one['Node Type'].endsWith('Sort')))
          assert.ok(
            node.Plans!.every((inner) => readBy(inner) <= 6 * LIMIT),
            shown
          )
      })
})
