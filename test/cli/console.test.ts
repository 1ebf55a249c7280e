import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createDatabase, dropDatabase, onServer } from '../helpers/database'
import { RUN } from '../helpers/runtime'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'

const ROOT = path.join(__dirname, '../..')

const PROMPT = 'rachis> '

/** What a developer types, each line once the one before is answered; answers all that the console says. */
const typed = async (url: string, lines: readonly string[], env: NodeJS.ProcessEnv = {}) => {
  const child = spawn(process.execPath, [...RUN, 'src/cli.ts', 'console'], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: url, NO_COLOR: '1', ...env }
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += String(chunk)))
  const ended = once(child, 'close')
  const prompted = async (from: number) => {
    while (!output.includes(PROMPT, from)) await Promise.race([once(child.stdout, 'data'), ended])
  }
  await prompted(0)
  for (const line of lines) {
    const from = output.length
    child.stdin.write(`${line}\n`)
    await prompted(from)
  }
  child.stdin.end('.exit\n')
  await ended

  return output
}

describe('npm run console', function () {
  this.timeout(60_000)
  let world: World
  before(async () => {
    world = await startWorld()
    await world.person('owner')
    await world.person('stranger')
    await world.rest(await world.person('owner'), 'POST', '/tasks', { body: { title: 'Buy tea' } })
  })
  after(() => world.close())

  it('calls as the server, and as somebody under their rules', async () => {
    const output = await typed(world.database, [
      `(await service('tasks').find()).data.map(({ title }) => 'server ' + title)`,
      `owner = await as('OWNER@example.com')`,
      `'owner ' + (await owner.service('tasks').find({ query: { title: 'Buy tea' } })).total`,
      `stranger = await as('stranger@example.com')`,
      `'stranger ' + (await stranger.service('tasks').find()).total`,
      `await stranger.service('tasks').get(1).catch(({ code }) => 'refused ' + code)`,
      `await as('nobody@example.com')`,
      `'sql ' + (await sql('select title from tasks where id = ?', [1])).length`,
      `services.includes('tasks')`
    ])
    assert.match(output, /^ann = await as\('ann@example\.com'\)/m)
    for (const line of [/server Buy tea/, /owner 1/, /stranger 0/, /refused 404/, /There is no user nobody@example.com/, /sql 1/, /\btrue\b/]) assert.match(output, line) // prettier-ignore
  })

  it('shows a refusal as a client sees it, and where a fault of one’s own is', async () => {
    const output = await typed(world.database, [
      `owner = await as('owner@example.com')`,
      `await owner.service('tasks').get(4711)`,
      `await owner.service('tasks').create({ title: '' })`,
      `'kept ' + _error.code`,
      `await Promise.reject(new Error('mine'))`,
      `nothing.there`
    ])
    for (const line of [/code: 'NOT_FOUND'/, /message: 'There is no such record'/, /hint: 'Check the id/, /code: 'VALIDATION_ERROR'[^]*field: 'title'/, /kept 422/, /Uncaught Error: mine/, /nothing is not defined/]) assert.match(output, line) // prettier-ignore
    assert.doesNotMatch(output, /packages.rachis.src/)
  })
})

describe('LOG_SQL', function () {
  this.timeout(60_000)
  it('notes each statement with its time and its call, and no value', async () => {
    const url = await createDatabase()
    await onServer((client) => client.query(`insert into users (email, username, password) values ('ann@example.com', 'ann', 'x')`), { connectionString: url }) // prettier-ignore
    const output = await typed(url, [`'found ' + (await service('users').find({ query: { email: 'ann@example.com' } })).total`], { LOG_SQL: 'true', LOG_LEVEL: 'info' }) // prettier-ignore
    assert.match(output, /found 1/)
    // The first one stands behind the prompt.
    const lines = [...output.matchAll(/\{"level".*\}$/gm)].map(
      ([line]) => JSON.parse(line) as Record<string, unknown>
    )
    const ofCall = lines.filter(({ call, sql }) => call === 'users.find' && sql !== undefined)
    assert.ok(
      ofCall.some(({ sql }) => /select/i.test(String(sql))) && ofCall.every(({ ms }) => Number(ms) >= 0)
    )
    const [sum] = lines.filter(({ msg, call }) => msg === 'Call' && call === 'users.find')
    assert.equal(sum!.statements, ofCall.length)
    // Several may be under way at once.
    assert.ok(Number(sum!.sql_ms) > 0 && Number(sum!.ms) > 0)
    assert.ok(!lines.some((line) => JSON.stringify(line).includes('ann@example.com')))
    await dropDatabase(url)
  })

  it('counts what the feed of changes reads to no call', async () => {
    const url = await createDatabase()
    const output = await typed(
      url,
      [
        `told = new Promise((resolve) => app.get('engine').feed.once('position', resolve))`,
        `await service('categories').create({ name: 'Tea', slug: 'tea' })`,
        `'told ' + typeof (await told)`
      ],
      { LOG_SQL: 'true', LOG_LEVEL: 'info' }
    )
    assert.match(output, /told number/)
    const lines = [...output.matchAll(/\{"level".*\}$/gm)].map(([line]) => JSON.parse(line) as { msg: string; call?: string; sql?: string }) // prettier-ignore
    const written = lines.findIndex(({ msg, call }) => msg === 'Call' && call === 'categories.create')
    const reads = lines.slice(written).filter(({ sql = '' }) => /from changes where id > /.test(sql))
    assert.ok(written >= 0 && reads.length > 0)
    assert.deepEqual(reads.filter(({ call }) => call !== undefined), []) // prettier-ignore
    await dropDatabase(url)
  })
})
