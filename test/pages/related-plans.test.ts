import assert from 'node:assert/strict'
import { TRUE } from '../../packages/rachis/src/declare/predicate'
import { parseQuery, server } from '../../packages/rachis/src/query/query'
import { targetOf } from '../../packages/rachis/src/service/target'
import { selectTextPage } from '../../packages/rachis/src/sql/json-rows'
import type { KeyValue } from '../../packages/rachis/src/sql/keyset'
import { orderKeys, reversed, segmentsBehind, sortOf } from '../../packages/rachis/src/sql/keyset'
import { selectSegments } from '../../packages/rachis/src/sql/select-segments'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { fill, RESOURCES } from './jars'
import type { PlanNode } from './plan'
import { planOf, readBy } from './plan'

const ROWS = 20_000
const SHELVES = 500
const LIMIT = 21

describe('the plan of a page by fields of related records', () => {
  let world: World
  before(async () => {
    world = await startWorld({ resources: RESOURCES })
    const { owner, stranger } = await world.cast()
    await fill(world, [owner, stranger], ROWS)
    await world.sql(`insert into shelves (name, room_id, user_id) select 'shelf ' || n % 300, 1 + n % 5, $1 from generate_series(13, $2::int) n`, [owner.id, SHELVES]) // prettier-ignore
    await world.sql('update jars set shelf_id = 1 + id % $1::int, weight = id / 4', [SHELVES])
    await world.sql('vacuum analyze jars, shelves, rooms')
  })
  after(() => world?.close())

  const asked = (sort: string) => {
    const model = world.app.get('engine').models.find(({ name }) => name === 'jars')!
    const { sort: order, joined } = parseQuery(model, { sort }, server)

    return { target: targetOf(model), selection: { where: TRUE, sort: order, joined, limit: LIMIT } }
  }
  const behind = (sort: string, values: readonly KeyValue[], isBackwards: boolean): Promise<PlanNode[]> => {
    const { target, selection } = asked(sort)
    const forward = orderKeys(target, selection)
    const keys = isBackwards ? reversed(forward) : forward
    const segments = segmentsBehind(keys, { values, isInclusive: false })
    const columns = [...target.columns, ...keys.map(({ of }) => of.name)]
    const statement = selectSegments(target, { ...selection, sort: sortOf(keys) }, segments, [...new Set(columns)]) // prettier-ignore

    return planOf(world, statement)
  }
  /** Rows read of a table, by all nodes that read it. */
  const readOf = (nodes: readonly PlanNode[], table: string) =>
    nodes.filter((node) => node['Relation Name'] === table).reduce((sum, node) => sum + readBy(node), 0)

  const places: readonly (readonly [sort: string, values: readonly KeyValue[]])[] = [
    ['shelf.name', ['shelf 150', 9000]],
    ['-shelf.name', ['shelf 150', 9000]],
    ['shelf.name', [null, 9000]],
    ['-shelf.name', [null, 9000]],
    ['shelf.size', ['medium', 9000]],
    ['shelf.room.name,-shelf.name', ['room 2', 'shelf 150', 9000]],
    ['shelf.name,weight', ['shelf 150', 2500, 9000]]
  ]
  for (const [sort, values] of places)
    for (const isBackwards of [false, true])
      it(`reads no record twice, and the joined tables a few times at most: ${sort} from ${values[0]}${isBackwards ? ', backwards' : ''}`, async () => {
        const nodes = await behind(sort, values, isBackwards)
        const shown = JSON.stringify(nodes, null, 1)
        assert.ok(readOf(nodes, 'jars') <= ROWS, shown)
        assert.ok(readOf(nodes, 'shelves') <= 4 * SHELVES, shown)
        assert.ok(readOf(nodes, 'rooms') <= 4 * 5, shown)
      })

  it('reads the records of a page alone where a column with an index decides before', async () => {
    for (const isBackwards of [false, true]) {
      const nodes = await behind('weight,shelf.name', [2500, 'shelf 150', 9000], isBackwards)
      const shown = JSON.stringify(nodes, null, 1)
      assert.ok(readOf(nodes, 'jars') <= 6 * LIMIT, shown)
    }
  })

  it('reads each table once for a page by its number, and does not join to count', async () => {
    const { target, selection } = asked('shelf.name')
    const nodes = await planOf(world, selectTextPage(target, { ...selection, skip: 1000 }, target.columns))
    const shown = JSON.stringify(nodes, null, 1)
    assert.ok(readOf(nodes, 'jars') <= 2 * ROWS, shown)
    assert.ok(readOf(nodes, 'shelves') <= SHELVES, shown)
  })
})
