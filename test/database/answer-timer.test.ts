import assert from 'node:assert/strict'
import { AnswerTimer } from '../../packages/rachis/src/database/answer-timer'

/** Milliseconds beyond the limit of the server. */
const MARGIN = 2000
/** What a busy machine may be late by. */
const LATE = 1000

/** A timer, and after how many milliseconds it tells of silence. */
const watched = (limit: () => number) => {
  const began = performance.now()
  let tell = (_milliseconds: number) => {}
  const silence = new Promise<number>((resolve) => (tell = resolve))
  let count = 0
  const timer = new AnswerTimer(limit, () => {
    count++
    tell(performance.now() - began)
  })
  return { timer, silence, count: () => count }
}
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
/** Node's timers count whole milliseconds, and may end within one before their time by this clock. */
const assertAfter = (milliseconds: number, least: number) =>
  assert.ok(milliseconds > least - 1 && milliseconds < least + LATE, `${milliseconds} ms, not ${least}`)

describe('the answers of one connection', function () {
  this.timeout(20_000)

  it('are missed when the limit of the statement that runs is over, and the margin of the network', async () => {
    const { timer, silence, count } = watched(() => 100)
    timer.sent()
    timer.sent()
    assertAfter(await silence, MARGIN + 100)
    assert.equal(count(), 1)
  })

  it('have their time from the answer in front of them on', async () => {
    const { timer, silence } = watched(() => 100)
    timer.sent()
    timer.sent()
    await wait(500)
    timer.answered()
    assertAfter(await silence, MARGIN + 600)
  })

  it('have the limit of the statement that runs now, be it shorter or longer than the one before', async () => {
    let shorter = 60_000
    const first = watched(() => shorter)
    first.timer.sent()
    first.timer.answered()
    shorter = 50
    first.timer.sent()
    let longer = 50
    const second = watched(() => longer)
    second.timer.sent()
    second.timer.answered()
    longer = 500
    second.timer.sent()
    assertAfter(await first.silence, MARGIN + 50)
    assertAfter(await second.silence, MARGIN + 500)
  })

  it('are not missed where nothing is waited for, or where there is no limit', async () => {
    const answered = watched(() => 1)
    answered.timer.sent()
    answered.timer.answered()
    const unlimited = watched(() => 0)
    unlimited.timer.sent()
    const other = watched(() => 100)
    other.timer.sent()
    await other.silence
    assert.deepEqual([answered.count(), unlimited.count()], [0, 0])
  })
})
