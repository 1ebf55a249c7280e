import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createDatabase, dropDatabase, onServer } from '../helpers/database'
import { RUN } from '../helpers/runtime'
import type { Json } from '../helpers/world'

describe('a durable consumer whose process is killed', function () {
  this.timeout(180_000)
  let url: string
  let children: ChildProcess[]
  let output: string
  before(async () => {
    url = await createDatabase()
    await sql('create table deliveries (n serial, change_id bigint, pid int, title text)')
    await sql('create table failing (title text)')
    children = []
    output = ''
    await start()
    await start()
  })
  after(async () => {
    for (const child of children ?? []) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    if (url) await dropDatabase(url)
  })

  const sql = (text: string, values: unknown[] = []): Promise<Json[]> =>
    onServer(async (client) => (await client.query(text, values)).rows as Json[], { connectionString: url })

  const start = async () => {
    const env = { ...process.env, DATABASE_URL: url, LOG_LEVEL: 'warn', NODE_ENV: 'test' }
    const file = path.join(__dirname, 'consuming-process.ts')
    const child = spawn(process.execPath, [...RUN, file], { env })
    children.push(child)
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += String(chunk)))
    const { length } = output
    const ended = once(child, 'exit').then(() => assert.fail(`It ended:\n${output}`))
    ended.catch(() => undefined)
    while (!output.slice(length).includes('ready')) await Promise.race([once(child.stdout, 'data'), ended])
  }
  const write = async (...titles: string[]) => {
    const user = `insert into users (email, username, password) values ('owner@example.com', 'owner', 'x')
      on conflict (email) do update set email = excluded.email returning id`
    const [owner] = await sql(user)
    for (const title of titles)
      await sql('insert into tasks (title, user_id) values ($1, $2)', [title, owner!.id])
  }
  const delivered = () => sql('select pid, title from deliveries order by n')
  const until = async (isSo: (rows: Json[]) => boolean) => {
    for (let rows = await delivered(); ; rows = await delivered()) if (isSo(rows)) return rows
  }
  const has = (title: string, times = 1) => (rows: Json[]) => rows.filter((row) => row.title === title).length >= times // prettier-ignore

  it('goes on in the other one, without loss and in order; what was being done when it was killed is done again', async () => {
    await write('a', 'b')
    const before = await until(has('b'))
    const holder = before.at(-1)!.pid as number
    await sql(`insert into failing values ('c')`)
    await write('c', 'd')
    await until(has('c', 4))
    const killed = children.find(({ pid }) => pid === holder)!
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    const [last] = await sql('select max(n)::int as n from deliveries')
    await write('e')
    await sql('delete from failing')
    const rows = await until(has('e'))
    assert.deepEqual([...new Set(rows.map(({ title }) => title))], ['a', 'b', 'c', 'd', 'e'])
    const others = await sql('select distinct pid from deliveries where n > $1', [last!.n])
    assert.equal(others.length, 1)
    assert.notEqual(others[0]!.pid, holder)
  })

  it('told the log of its failure once, not at each attempt', () => {
    const lines = output.split('\n').filter((line) => line.includes('A consumer of changes failed'))
    // One of the process that was killed, and one of the other where it took over before what failed was put right.
    assert.ok(lines.length >= 1 && lines.length <= 2, lines.join('\n'))
    assert.ok(lines.every((line) => line.includes('"consumer":"notes"')))
  })
})
