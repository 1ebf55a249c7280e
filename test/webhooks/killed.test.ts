import assert from 'node:assert/strict'
import { once } from 'node:events'
import path from 'node:path'
import { createApp } from '../../packages/rachis/src/create-app'
import { Children } from '../helpers/child'
import { onlyInDepth } from '../helpers/depth'
import { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { Receiver } from './receiver'
import { delivered, endpointOf, options, settingsOf } from './stage'

/** Requests of each process before it is killed. */
const REQUESTS = [1, 7, 30, 60]

/** Notes the ids of requests that arrive while one of the same id is not answered. The connections of a killed process are closed. */
const watchTwins = (receiver: Receiver) => {
  const open = new Set<unknown>()
  const twins: unknown[] = []
  receiver.behave = (response, { headers }) => {
    const id = headers['webhook-id']
    if (open.has(id)) twins.push(id)
    open.add(id)
    response.on('close', () => open.delete(id))
    setTimeout(() => response.writeHead(204).end(), 20)
  }

  return { twins }
}

describe('webhooks of processes that are killed', () => {
  let world: World
  let receiver: Receiver
  const children = new Children()
  before(async function () {
    onlyInDepth(this)
    receiver = await new Receiver().open()
    world = await openStage(options)
  })
  after(async () => {
    children.killAll()
    await world?.close()
    await receiver?.close()
  })

  it('arrive for each committed change, in the order of its record, and for none that was taken back', async () => {
    const { id } = await world.person('owner')
    await endpointOf(world, 'owner', receiver, { resources: ['letters'], ordered: true })
    const { app, database } = world
    const migrations = (app.get('migrations') as string[]).at(-1)!
    await world.close(true)
    const inFlight = watchTwins(receiver)
    for (const [run, count] of REQUESTS.entries()) {
      const from = receiver.received.length
      // More than are asked for, so that it is killed while it sends.
      const args = [database, migrations, String(id), String(run), String(count * 2)]
      // Translated as it runs: what is compiled for CommonJS has no `import()`, by which the receivers load the documented verifier.
      const child = children.start(path.join(__dirname, 'child.ts'), args, { execArgv: ['--import', 'tsx'] })
      const ended = once(child, 'exit')
      await Promise.race([receiver.some(from + count), ended.then(() => assert.fail('It ended by itself'))])
      child.kill('SIGKILL')
      await ended
    }
    const last = createApp({ ...options, migrations, config: settingsOf(database, 2) })
    await last.listen(0, '127.0.0.1')
    world = new World(last, '', database)
    const [held] = await world.sql(`select max(held_until) < now() + interval '30 seconds' as "isShort" from webhook_claims`) // prettier-ignore
    assert.notEqual(held!.isShort, false, 'What a killed process was at goes on soon')
    await delivered(world)
    assert.deepEqual(inFlight.twins, [], 'No attempt is made twice at once')
    const letters = await world.sql('select id, title from letters order by id')
    const titles = new Map<number, string[]>()
    for (const { body } of receiver.received) titles.set(body.data.id, [...(titles.get(body.data.id) ?? []), body.data.title]) // prettier-ignore
    const changes = await world.sql(
      `select record_id, after ->> 'title' as title from changes where resource = 'letters' order by id`
    )
    for (const { id: letter } of letters) {
      const told = [...new Set(titles.get(Number(letter)))]
      const made = changes.filter(({ record_id }) => record_id === String(letter)).map(({ title }) => title as string) // prettier-ignore
      assert.deepEqual(told, made, `letter ${letter}`)
    }
    assert.deepEqual([...titles.keys()].sort((a, b) => a - b), letters.map((letter) => Number(letter.id))) // prettier-ignore
    assert.ok(!JSON.stringify([...titles.values()]).includes('taken back'))
  }).timeout(300_000)
})
