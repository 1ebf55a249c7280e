import assert from 'node:assert/strict'
import { targetOf } from '../../packages/rachis/src/service/target'
import { joinedIn, joinedResources } from '../../packages/rachis/src/sql/joined'
import { selectTextPage } from '../../packages/rachis/src/sql/json-rows'
import { orderKeys, segmentsBehind, sortOf } from '../../packages/rachis/src/sql/keyset'
import { selectSegments } from '../../packages/rachis/src/sql/select-segments'
import { count, select } from '../../packages/rachis/src/sql/statements'
import { boss, guest, parse, products } from './asked'

const target = targetOf(products)
const OPEN = `(select "id" as "$sort0_by", "region" as "$sort0" from "makers" where "is_open" = $1::boolean) as "$sort0_of" on "maker_id" = "$sort0_by"`

describe('SQL of an order by related records', () => {
  it('joins what the reader may read of them, under names that no column has', () => {
    const selection = parse('sort=-maker.region,price&limit=3', guest)
    assert.deepEqual(select(target, selection, ['id', 'is_open']), {
      text: `select "id", "is_open" from "products" left join ${OPEN} order by "$sort0" desc, "price", "id" limit $2`,
      values: [true, 3]
    })
    assert.deepEqual(joinedIn(selection).flatMap(joinedResources), ['makers'])
  })

  it('asks nothing of them whose reader may read all, and joins nothing that the order does not name', () => {
    const selection = parse('sort=maker.region&is_open=true')
    const { text, values } = select(target, selection, ['id'])
    const joined = `left join (select "id" as "$sort0_by", "region" as "$sort0" from "makers") as "$sort0_of" on "maker_id" = "$sort0_by"`
    assert.equal(text, `select "id" from "products" ${joined} where "is_open" = $1::boolean order by "$sort0", "id" limit $2`) // prettier-ignore
    assert.deepEqual(values, [true, 20])
    const changed = select(target, { ...selection, sort: { price: 1 } }, ['id'])
    assert.doesNotMatch(changed.text, /join/)
    assert.doesNotMatch(count(target, selection.where).text, /join/)
  })

  it('counts the records without them', () => {
    const { text } = selectTextPage(target, parse('sort=maker.region', guest), ['id'])
    assert.match(text, /\(select count\(\*\) from "products"\) end as total/)
    assert.equal(text.match(/left join/g)!.length, 1)
  })

  it('goes on behind a record by one condition, in which it may have no value', () => {
    const selection = parse('sort=maker.region&limit=2')
    const keys = orderKeys(target, selection)
    assert.deepEqual(sortOf(keys), { 'maker.region': 1, id: 1 })
    const condition = (values: (string | number | null)[]) => {
      const segments = segmentsBehind(keys, { values, isInclusive: false })
      assert.equal(segments.length, 1)
      return selectSegments(target, selection, segments, ['id', '$sort0']).text.split(' where ')[1]
    }
    const order = 'order by "$sort0", "id" limit'
    assert.equal(condition(['West', 5]), `("$sort0" > $1::text or "$sort0" is null or "$sort0" = $2::text and "id" > $3::bigint) ${order} $4`) // prettier-ignore
    assert.equal(condition([null, 5]), `"$sort0" is null and "id" > $1::bigint ${order} $2`)
  })

  it('is read with the rights of its reader: what is no field for them is refused', () => {
    assert.deepEqual(Object.keys(parse('sort=maker.is_open', boss).sort!), ['maker.is_open'])
    assert.throws(() => parse('sort=maker.products.name', boss), { message: /leads to many records/ })
    assert.throws(() => parse('sort=maker.nope', guest), { message: /nope is not a field of makers/ })
  })
})
