import assert from 'node:assert/strict'
import { once } from 'node:events'
import path from 'node:path'
import { Children } from '../helpers/child'
import { onlyInDepth } from '../helpers/depth'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { next, options } from './stage'

const children = new Children()

/** Starts a second process of the application; resolves once it has begun a job. */
const start = async (world: World) => {
  const migrations = (world.app.get('migrations') as string[]).at(-1)!
  const child = children.start(path.join(__dirname, 'child.ts'), [world.database, migrations], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] }) // prettier-ignore
  let said = ''
  const stdout = child.stdout!
  stdout.on('data', (text: Buffer) => (said += String(text)))
  while (!said.includes('begun')) await once(stdout, 'data')

  return child
}

describe('a job whose process is killed', () => {
  let world: World
  before(async function () {
    onlyInDepth(this)
    world = await openStage(options)
  })
  after(async () => {
    children.killAll()
    await world?.close()
  })

  it('is done by another one, and has written once', async () => {
    const { id } = await world.person('owner')
    // The other process alone takes jobs for now.
    await world.app.get('jobQueues').close()
    await world.sql(
      `insert into pgboss.job (name, data, retry_limit, dead_letter, expire_in)
       values ('stamp', '{"job":"stamp","user_id":"${id}","input":{"title":"z"}}', 1, 'dead_letters', '2 seconds')`
    )
    const child = await start(world)
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    const done = next('stamp', 'z')
    await world.app.get('jobQueues').open()
    assert.equal((await done).attempt, 2)
    await world.app.get('jobQueues').close()
    assert.deepEqual(await world.sql(`select count(*)::int as count from letters where title = 'stamped z'`), [{ count: 1 }]) // prettier-ignore
  }).timeout(30_000)
})
