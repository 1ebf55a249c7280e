import assert from 'node:assert/strict'
import { createDatabase } from '../../packages/rachis/src/database/query'
import { prune } from '../../packages/rachis/src/feed/retention'
import type { Process } from './processes'
import { has, NAME, Processes } from './processes'
import { Recorder } from './recorder'

describe('a stored position of the feed', function () {
  this.timeout(30_000)
  let processes: Processes
  let first: Process
  beforeEach(async () => {
    processes = await Processes.create()
    first = await processes.start()
    await processes.write('a')
    await first.recorder.until(has('a'))
  })
  afterEach(() => processes.end())

  const isLost = async (reason: string, recorder = new Recorder(NAME, 'durable')) => {
    const second = await processes.start(processes.database, recorder)
    await recorder.until(({ losses }) => losses.length > 0)
    assert.deepEqual(recorder.losses.map((loss) => loss.reason), [reason])
    await processes.write('afterwards')
    await recorder.until(has('afterwards'))
    assert.deepEqual(recorder.titles, ['afterwards'])
    await processes.stop(second)
    const { lost_reason, lost_at, position } = await processes.stored()
    assert.equal(lost_reason, reason)
    assert.ok(Math.abs(lost_at - Date.now()) < 30_000)
    assert.ok(Number(position) >= recorder.ids.at(-1)!)
  } // prettier-ignore

  it('that is older than what is kept is lost: its consumer is told so and begins at the present', async () => {
    await processes.stop(first)
    await processes.write('never told')
    const other = await processes.start(processes.database, new Recorder('other', 'durable'))
    await prune(createDatabase(other.world.app.get('postgresqlClient')), [], -1)
    assert.deepEqual(await processes.sql(`select id from changes where resource = 'tasks'`), [])
    await processes.stop(other)
    await isLost('retention')
  })

  it('goes on where nothing behind it was removed', async () => {
    await processes.stop(first)
    const other = await processes.start(processes.database, new Recorder('other', 'durable'))
    await prune(createDatabase(other.world.app.get('postgresqlClient')), [], -1)
    await processes.stop(other)
    // One that is new where no change is left begins behind those that were removed, and goes on there.
    await processes.stop(await processes.start(processes.database, new Recorder('new', 'durable')))
    const again = new Recorder('new', 'durable')
    await processes.start(processes.database, again)
    await processes.write('b')
    const { recorder } = await processes.start()
    await Promise.all([recorder.until(has('b')), again.until(has('b'))])
    assert.deepEqual([...recorder.losses, ...again.losses], [])
  })

  it('of a table that was truncated is lost, whether its ids begin anew or not', async () => {
    await processes.stop(first)
    await processes.sql('truncate changes')
    await isLost('epoch')
    await processes.sql('truncate changes restart identity')
    await isLost('epoch')
  })

  it('goes on in a table that was rewritten', async () => {
    await processes.stop(first)
    await processes.write('b')
    await processes.sql('vacuum full changes')
    await processes.write('c')
    const { recorder } = await processes.start()
    await recorder.until(has('c'))
    assert.deepEqual(recorder.titles, ['b', 'c'])
    assert.deepEqual(recorder.losses, [])
  })

  it('is noticed as lost by a process that runs, as a rewritten table is not', async () => {
    await processes.sql('vacuum full changes')
    await processes.write('b')
    await first.recorder.until(has('b'))
    assert.deepEqual(first.recorder.losses, [])
    await processes.sql('truncate changes restart identity')
    await first.recorder.until(({ losses }) => losses.length > 0)
    assert.deepEqual(first.recorder.losses.map(({ reason }) => reason), ['epoch'])
    await processes.write('c')
    await first.recorder.until(has('c'))
  }) // prettier-ignore

  it('stays lost until the consumer has taken note of it', async () => {
    await processes.stop(first)
    await processes.sql('truncate changes')
    const failing = new Recorder(NAME, 'durable')
    failing.lost = () => {
      failing.attempts++
      throw new Error('No time')
    }
    const second = await processes.start(processes.database, failing)
    while (failing.attempts < 3) await new Promise(setImmediate)
    await processes.stop(second)
    await isLost('epoch')
  })
})
