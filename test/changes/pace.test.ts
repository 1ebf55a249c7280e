import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { Client } from 'pg'
import { Feed } from '../../packages/rachis/src/feed/feed'
import { TableLooks } from '../../packages/rachis/src/feed/table-looks'
import type { Row } from '../../packages/rachis/src/sql/database'
import { createDatabase, dropDatabase } from '../helpers/database'

const POLL = 200

describe('the looks of the feed', function () {
  let url: string
  let client: Client
  let feed: Feed
  /** When it began to read the table. */
  let looks: number[]
  let looked = () => {}
  before(async () => void (url = await createDatabase()))
  after(() => dropDatabase(url))
  afterEach(async () => {
    await feed.stop()
    await client.end()
  })

  const start = async (isTold: boolean) => {
    client = new Client({ connectionString: url })
    await client.connect()
    looks = []
    const query = async ({ text, values }: { text: string; values: readonly unknown[] }) => {
      if (/left join lateral/.test(text)) looks.push(performance.now())
      looked()
      return (await client.query<Row>(text, values as unknown[])).rows
    }
    const onError = (error: unknown) => assert.fail(error as Error)
    const table = new TableLooks({ database: { query }, pollInterval: POLL, isTold: () => isTold })
    feed = new Feed({ looks: table, behind: { query }, onError })
    await feed.start()
  }
  const lookedTimes = async (count: number) => {
    while (looks.length < count) await new Promise<void>((resolve) => (looked = resolve))
  }
  /** Milliseconds between the looks; timers may be one early. */
  const pauses = () => looks.slice(1).map((time, index) => time - looks[index]! + 1)
  const writeByHand = () =>
    client.query(`insert into changes (resource, record_id, event, after) values ('things', '1', 'created', '{}')`) // prettier-ignore

  it('are apart where it is woken without end, and the first comes at once', async () => {
    await start(true)
    await lookedTimes(1)
    const asked = performance.now()
    while (looks.length < 8) {
      feed.wake()
      await setImmediate()
    }
    assert.ok(looks[1]! - asked < POLL, `${looks[1]! - asked}`)
    assert.ok(pauses().every((pause) => pause >= 18), String(pauses())) // prettier-ignore
  })

  it('are rare where it is told of what is written', async () => {
    await start(true)
    await lookedTimes(2)
    assert.ok(pauses()[0]! >= 1000, String(pauses()))
  })

  it('come soon where nobody tells it', async () => {
    await start(false)
    await lookedTimes(4)
    assert.ok(Math.min(...pauses()) >= POLL && Math.min(...pauses()) < 1000, String(pauses()))
  })

  it('come soon after somebody has written who does not tell', async () => {
    await start(true)
    await lookedTimes(1)
    const found = new Promise((resolve) => feed.once('position', resolve))
    await writeByHand()
    await found
    const count = looks.length
    await lookedTimes(count + 3)
    const after = pauses().slice(count - 1)
    assert.ok(Math.min(...after) >= POLL && Math.min(...after) < 1000, String(pauses()))
  })
})
