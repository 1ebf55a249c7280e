import assert from 'node:assert/strict'
import { runCli } from '../helpers/cli'
import { onlyInDepth } from '../helpers/depth'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'

describe('npm run explain', function () {
  // The command loads and sets up the whole application.
  this.timeout(60_000)
  let world: World
  before(async () => {
    world = await startWorld()
  })
  after(() => world?.close())

  /** How it ends, and its lines. */
  const explained = async (...args: string[]) => {
    const { code, out } = await runCli('explain', args, { url: world.database })
    return { code, lines: out.split('\n') }
  }

  it('says by which condition somebody may not, and how PostgreSQL finds the records', async () => {
    const { owner, stranger } = await world.cast()
    const { body: task } = await world.rest(owner!, 'POST', '/tasks', { body: { title: 'Mine' } })
    const { lines } = await explained('tasks', 'patch', String(task.id), '--as', String(stranger!.id))
    assert.ok(lines.includes("      no: user_id is the caller's id"), lines.join('\n'))
    assert.ok(lines.includes('Answer: no'))
    assert.ok(lines.includes('May they read it? Who may not is answered 404 in place of 403.'))
    assert.ok(lines.some((line) => line.includes('Index Scan using tasks_pkey')))
  })

  it('says what depends on the record (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const { lines } = await explained('products', 'find')
    assert.ok(lines.includes('Answer: depends on the record'), lines.join('\n'))
  })

  it('names what there is where the question is wrong', async () => {
    const { code, lines } = await explained('tasks', 'publish')
    assert.equal(code, 1)
    assert.match(lines.join('\n'), /tasks has no operation publish; it has find, get,/)
  })
})
