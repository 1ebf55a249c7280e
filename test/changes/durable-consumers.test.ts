import assert from 'node:assert/strict'
import { Proxy } from '../resilience/proxy'
import { has, NAME, Processes } from './processes'
import { Recorder } from './recorder'

describe('durable consumers of the feed', function () {
  this.timeout(30_000)
  let processes: Processes
  beforeEach(async () => void (processes = await Processes.create()))
  afterEach(() => processes.end())

  it('begin at the present, and go on where they were, however long nobody ran them', async () => {
    await processes.write('before there was such a consumer')
    const first = await processes.start()
    await processes.write('a', 'b')
    await first.recorder.until(has('b'))
    await processes.stop(first)
    await processes.write('while nobody ran', 'nor then')
    const second = await processes.start()
    await processes.write('again')
    await second.recorder.until(has('again'))
    assert.deepEqual(first.recorder.titles, ['a', 'b'])
    assert.deepEqual(second.recorder.titles, ['while nobody ran', 'nor then', 'again'])
    assert.deepEqual([...first.recorder.losses, ...second.recorder.losses], [])
  })

  it('run in one process at a time: each change comes to one of them, once, in order', async () => {
    const [one, other] = [await processes.start(), await processes.start()]
    const titles = Array.from({ length: 30 }, (_, n) => `Task ${n}`)
    await processes.write(...titles)
    await one.recorder.until(has('Task 29'))
    assert.deepEqual(one.recorder.titles, titles)
    await other.world.settled()
    assert.deepEqual(other.recorder.ids, [])
    await processes.stop(one)
    await processes.write('afterwards')
    await other.recorder.until(has('afterwards'))
    assert.deepEqual(other.recorder.titles, ['afterwards'], 'who stops stores what it has done')
  })

  it('go on in another process once their holder is cut off, which then does nothing any more', async () => {
    const proxy = await Proxy.to(processes.database)
    const one = await processes.start(proxy.url(processes.database))
    const other = await processes.start()
    try {
      await processes.write('a', 'b')
      await one.recorder.until(has('b'))
      proxy.deafen(true)
      proxy.swallow()
      await processes.write('c', 'd')
      await other.recorder.until(has('d'))
      const { length } = one.recorder.ids
      proxy.deafen(false)
      await processes.write('e')
      await other.recorder.until(has('e'))
      await one.world.settled()
      assert.equal(one.recorder.ids.length, length, 'it waits for its turn')
      assert.deepEqual([...new Set([...one.recorder.titles, ...other.recorder.titles])], ['a', 'b', 'c', 'd', 'e'])
      assert.deepEqual([...one.recorder.losses, ...other.recorder.losses], [])
    } finally {
      await processes.stop(one)
      proxy.close()
    }
  }) // prettier-ignore

  it('stop before the change that fails, also in the next process, and skip none', async () => {
    const first = await processes.start()
    const steady = new Recorder('steady', 'durable')
    first.world.app.get('engine').feed.consume(steady)
    first.recorder.fails = ({ after }) => after?.title === 'poison'
    await processes.write('a', 'poison', 'b')
    await steady.until(has('b'))
    await first.recorder.until(({ attempts }) => attempts > 4)
    await processes.stop(first)
    const [before] = await processes.sql(
      `select max(id)::int as id from changes where resource = 'tasks' and after ->> 'title' = 'a'`
    )
    assert.equal(Number((await processes.stored()).position), before!.id)
    const second = await processes.start()
    await second.recorder.until(has('b'))
    assert.deepEqual([...new Set(first.recorder.titles)], ['a'])
    assert.deepEqual(second.recorder.titles, ['poison', 'b'])
    assert.deepEqual(steady.titles, ['a', 'poison', 'b'])
  })

  it('store their position behind what is done, and no sooner', async () => {
    const { recorder, world } = await processes.start()
    await processes.write('a')
    await recorder.until(has('a'))
    const storedAt = async () => Number((await processes.stored()).position)
    while ((await storedAt()) < recorder.ids.at(-1)!);
    recorder.fails = () => true
    await processes.write('b')
    await recorder.until(({ attempts }) => attempts > 3)
    await world.settled()
    assert.equal(await storedAt(), recorder.ids.at(-1))
    const { holder, held_until, epoch } = await processes.stored()
    assert.ok(holder && held_until > new Date())
    assert.equal(world.app.get('engine').feed.settled.split('.')[0], epoch)
    assert.equal(world.app.get('engine').feed.consumers.troubles()[0]!.name, NAME)
  })
})
