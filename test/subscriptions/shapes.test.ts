import assert from 'node:assert/strict'
import { Receivers } from '../../packages/rachis/src/feed/consumers/receivers'
import type { Delivery } from '../../packages/rachis/src/feed/consumers/news'
import { deliver } from '../../packages/rachis/src/feed/consumers/deliver'
import { Asking } from '../../packages/rachis/src/feed/asking'
import type { Packet, Subscriber } from '../../packages/rachis/src/feed/subscriber'
import type { Change } from '../../packages/rachis/src/feed/change'
import type { RowPredicate } from '../../packages/rachis/src/declare/predicate'
import {
  and,
  column,
  compare,
  isIn,
  throughRelation,
  TRUE
} from '../../packages/rachis/src/declare/predicate'
import { lower } from '../../packages/rachis/src/model/lower'
import { audienceCompiler } from '../../packages/rachis/src/rules/audience'
import { equalityOf, shapeName, shapeOf } from '../../packages/rachis/src/rules/shape'
import { resources } from '../../src/services/resources'

const categories = lower(resources.find(({ name }) => name === 'categories')!)
const [sortOrder, name] = [column('sort_order', 'integer'), column('name', 'text')]
const broken = throughRelation({ of: column('parent_id', 'bigint'), resource: 'categories', by: 'id' }, compare(name, '=', 'x')) // prettier-ignore

describe('shapes', () => {
  const admin = { id: 1, role: 'admin' }
  const audience = audienceCompiler([categories])(admin)
  const ask = (predicate: RowPredicate): Subscriber & { packets: Packet[] } => {
    const shape = shapeOf(shapeName('categories', predicate), 'categories', predicate)
    const asks = new Asking(false)
    asks.become({ shapes: new Map([['categories', [shape]]]), ended: [] })
    const packets: Packet[] = []

    return { audience, asks, packets, send: (packet) => void packets.push(packet) }
  }
  const row = { id: 7, name: 'Shoes', sort_order: 3, is_active: true, parent_id: 1 }
  const keys = audience.keys
  const change = { id: 9, resource: 'categories', record_id: '7', event: 'created', action: null, xid: null } as unknown as Change // prettier-ignore
  const news: Delivery = { model: categories, change, rows: { before: null, after: row }, visibility: { before: [], after: keys } } // prettier-ignore
  const tell = (subscribers: readonly Subscriber[], delivery = news): unknown[] => {
    const receivers = new Receivers()
    const errors: unknown[] = []
    for (const one of subscribers) receivers.join(one)
    deliver(delivery, receivers.of(delivery), (error) => errors.push(error))

    return errors
  }

  it('have one name for the same question, in whatever order it comes', () => {
    const [a, b] = [compare(sortOrder, '=', 3), isIn(name, ['b', 'a'])]
    assert.equal(
      shapeName('categories', and([a, b])),
      shapeName('categories', and([isIn(name, ['a', 'b']), a]))
    )
    assert.notEqual(shapeName('categories', a), shapeName('categories', b))
    assert.notEqual(shapeName('categories', a), shapeName('products', a))
    assert.match(shapeName('categories', a), /^[\w-]{20}$/)
  })

  it('are looked up by the comparison with the fewest values', () => {
    const found = (predicate: RowPredicate) => equalityOf(shapeOf('x', 'categories', predicate))
    assert.deepEqual(found(and([isIn(name, ['a', 'b']), compare(sortOrder, '=', 3)])), { column: 'sort_order', values: [3] }) // prettier-ignore
    assert.deepEqual(found(compare(sortOrder, '<', 3)), undefined)
    assert.deepEqual(found(TRUE), undefined)
  })

  it('of one that cannot be asked reset those who ask for it, and nobody else', () => {
    const [bad, good, other] = [ask(broken), ask(compare(sortOrder, '=', 3)), ask(compare(sortOrder, '=', 4))]
    const errors = tell([bad, good, other])
    assert.equal(errors.length, 1)
    assert.deepEqual(bad.packets.map(({ event }) => event), ['reset']) // prettier-ignore
    assert.deepEqual(good.packets.map(({ event }) => event), ['created']) // prettier-ignore
    assert.deepEqual(other.packets, [])
  })

  it('share one packet where they are the same', () => {
    const [one, same] = [ask(compare(sortOrder, '=', 3)), ask(compare(sortOrder, '=', 3))]
    assert.deepEqual(tell([one, same]), [])
    assert.equal(one.packets[0], same.packets[0])
  })

  it('are obeyed by what follows a record that changed hands', () => {
    const [mine, not] = [ask(compare(sortOrder, '=', 3)), ask(compare(sortOrder, '=', 4))]
    const moved = {
      ...news,
      change: { ...change, event: 'patched' } as Change,
      rows: { before: row, after: row }
    }
    tell([mine, not], { ...moved, isMove: true })
    tell([mine, not], { ...moved, visibility: { before: keys, after: [] }, isMove: true })
    assert.deepEqual(mine.packets.map(({ event }) => event), ['created', 'removed']) // prettier-ignore
    assert.deepEqual(not.packets, [])
  })
})
