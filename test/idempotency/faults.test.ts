import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import type { Answer, Json, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { Shop } from '../services/shop'

type Query = (this: Client, ...args: unknown[]) => unknown
/** Whether the connection is lost before a statement reaches the database, or before its answer comes back. */
type Moment = 'before' | 'after'

/** The statements of the feed come at any moment, and are no part of a call. */
const isOfFeed = (statement: unknown) =>
  /pg_current_snapshot|from changes|^\s*(un)?listen|notify|feed_/i.test(
    typeof statement === 'string' ? statement : ((statement as { text?: string }).text ?? '')
  )

interface Connected {
  readonly connection: { readonly stream: { destroy(): void } }
}

/** The database has done it, and nobody is told. */
const unanswered = async (answer: unknown, lose: () => void) => {
  await answer
  lose()
  throw Object.assign(new Error('Connection terminated unexpectedly'), { code: '08006' })
}

/**
 * Loses the connection at the nth statement from now on, if there are so many while something is done. The driver is what is
 * faulty here; the database and everything of ours run as they are.
 */
const losing = async (nth: number, moment: Moment, work: () => Promise<Answer>) => {
  const prototype = Client.prototype as unknown as { query: Query }
  const { query } = prototype
  let count = 0
  prototype.query = function (this: Client, ...args: unknown[]) {
    if (isOfFeed(args[0]) || ++count !== nth) return query.apply(this, args)
    const lose = () => void (this as unknown as Connected).connection.stream.destroy()
    if (moment === 'before') lose()
    const answer = query.apply(this, args)

    return moment === 'before' ? answer : unanswered(answer, lose)
  }
  try {
    return { answer: await work(), wasLost: count >= nth }
  } finally {
    prototype.query = query
  }
}

describe('a call with Idempotency-Key whose connection to the database is lost', function () {
  this.timeout(120_000)
  let shop: Shop
  let second: World
  before(async () => {
    shop = await Shop.open()
    second = await startWorld({ database: shop.world.database })
  })
  after(async () => {
    await second.close(true)
    await shop.world.close()
  })

  const order = (world: World, body: Json, key: string) =>
    world.rest(shop.cast.owner, 'POST', '/orders', { body, headers: { 'Idempotency-Key': key } })

  /** The database notices a lost connection, and ends what ran on it, a moment later. */
  const repeated = async (body: Json, key: string): Promise<Answer> => {
    const answer = await order(second, body, key)

    return answer.status === 409 ? repeated(body, key) : answer
  }

  for (const moment of ['before', 'after'] as const)
    it(`is made once when it is sent again, wherever it was: ${moment} the statement`, async () => {
      for (let nth = 1, wasLost = true; wasLost; nth++) {
        const { id } = await shop.product({ stock_quantity: 10 })
        const [key, body] = [randomUUID(), shop.body([[id, 3]])]
        const first = await losing(nth, moment, () => order(shop.world, body, key))
        wasLost = first.wasLost
        assert.ok([201, 503].includes(first.answer.status), JSON.stringify(first.answer.body))
        const again = await repeated(body, key)
        assert.equal(again.status, 201, `${nth} ${JSON.stringify(again.body)}`)
        assert.equal(await shop.stock(id), 7, `statement ${nth}`)
        const orders = await shop.world.sql('select 1 from order_items where product_id = $1', [id])
        assert.equal(orders.length, 1)
      }
    })

  it('makes one of 100 at once, by two processes', async () => {
    const { id } = await shop.product({ stock_quantity: 200 })
    const [key, body] = [randomUUID(), shop.body([[id, 1]])]
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => order(index % 2 ? second : shop.world, body, key))
    )
    const made = answers.filter(({ status }) => status === 201)
    assert.ok(made.length > 0)
    assert.equal(new Set(made.map((answer) => answer.body.id)).size, 1)
    for (const { status, headers, body: refused } of answers.filter(({ status }) => status !== 201)) {
      assert.deepEqual([status, refused.error.code], [409, 'REQUEST_IN_PROGRESS'])
      assert.equal(headers.get('retry-after'), '1')
    }
    assert.equal(await shop.stock(id), 199)
    const { status, body: last } = await order(second, body, key)
    assert.deepEqual([status, last.id], [201, made[0]!.body.id])
  })
})
