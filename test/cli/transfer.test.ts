import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { onlyInDepth } from '../helpers/depth'
import { RUN } from '../helpers/runtime'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { cellsOf, recordsOf } from '../transfer/stage'

/** As `npm run` starts it: how it ended, and what it wrote where. */
const typed = (database: string, args: readonly string[], input = '') =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const options = {
      cwd: path.join(__dirname, '../..'),
      env: { ...process.env, DATABASE_URL: database, PORT: '0' }
    }
    const child = execFile(process.execPath, [...RUN, 'src/cli.ts', ...args], options, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err })
    )
    child.stdin!.end(input)
  })

describe('npm run export and npm run import', function () {
  // Each command loads and sets up the whole application.
  this.timeout(120_000)
  let world: World
  let owner: Person
  let stranger: Person
  let admin: Person
  let folder: string
  before(async () => {
    world = await startWorld()
    ;({ owner, stranger, admin } = await world.cast())
    folder = await mkdtemp(path.join(tmpdir(), 'transfer-'))
  })
  after(async () => {
    await world?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const run = (command: string, ...args: string[]) => typed(world.database, [command, ...args])
  const at = (name: string) => path.join(folder, name)
  const tasks = () => world.sql('select title, status, user_id::int from tasks order by title')
  const emailOf = async ({ id }: Person) =>
    String((await world.sql(`select email from users where id = ${id}`))[0]!.email)

  it('imports as whoever is named, who owns what they import, and exports what they see', async () => {
    await writeFile(at('tasks.csv'), 'title,status\n"b, ""x""",completed\na,pending\n')
    const done = await run('import', 'tasks', at('tasks.csv'), '--as', await emailOf(owner))
    assert.deepEqual(done, {
      code: 0,
      out: '2 records: 2 created, 0 updated, 0 unchanged, 0 failed\n',
      err: ''
    })
    assert.deepEqual(await tasks(), [
      { title: 'a', status: 'pending', user_id: owner.id },
      { title: 'b, "x"', status: 'completed', user_id: owner.id }
    ])
    const own = await run('export', 'tasks', 'sort=-title', 'fields=title,status', '--as', String(owner.id))
    assert.deepEqual([own.code, own.err], [0, ''])
    const cells = cellsOf(own.out).map(({ title, status }) => [title, status])
    assert.deepEqual(cells, [['b, "x"', 'completed'], ['a', 'pending']]) // prettier-ignore
    const others = await run('export', 'tasks', '--format', 'ndjson', '--as', String(stranger.id))
    assert.deepEqual([others.code, others.out], [0, ''])
    const nobody = await run('export', 'tasks')
    assert.deepEqual([nobody.code, nobody.out], [1, ''])
    assert.match(nobody.err, /^Sign in to do this\nSay by --as whose rights count\n$/)
  })

  it('writes the same file as the API, whole or not at all (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    await world.sql(`insert into products (name, sku, price) select 'P' || n, 'X-' || n, n from generate_series(1, 1500) n`) // prettier-ignore
    const file = at('products.ndjson')
    const wrong = await run('export', 'products', 'colour=red', '--to', file)
    assert.equal(wrong.code, 1)
    assert.match(wrong.err, /colour/)
    await assert.rejects(stat(file))
    const option = await run('export', 'products', '--limit', '1')
    assert.equal(option.code, 1)
    assert.match(option.err, /^There is no option --limit\n.*write limit=1\nUsage: /)
    // What another run is still writing.
    await writeFile(`${file}.part`, 'half')
    const done = await run('export', 'products', 'price[$lte]=1400', '--to', file, '--as', String(admin.id))
    assert.deepEqual(done, { code: 0, out: '', err: '' })
    const headers = { Accept: 'application/x-ndjson' }
    const answer = await world.send(admin, 'GET', '/products?price[$lte]=1400', { headers })
    const text = await readFile(file, 'utf8')
    assert.equal(text, await answer.text())
    assert.equal(await readFile(`${file}.part`, 'utf8'), 'half')
    const files = (await readdir(folder)).filter((name) => name.startsWith('products'))
    assert.deepEqual(files.sort(), ['products.ndjson', 'products.ndjson.part'])
    assert.equal(recordsOf(text).length, 1400)
  })

  it('says of each line what is wrong with it, and by its exit code what was written (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    await world.sql('delete from products')
    const as = ['--as', String(admin.id)]
    await writeFile(at('some.csv'), 'sku,name,price\nS-1,One,1\nS-2,Two,many\nS-3,Three,3\n')
    const none = await run('import', 'products', at('some.csv'), ...as)
    assert.deepEqual([none.code, none.out], [1, ''])
    assert.match(none.err, /^Line 3: price must be number; nothing of 3 records was imported\n.* use --on-error skip .*\nline 3: VALIDATION_ERROR: price must be number\n$/) // prettier-ignore
    const refused = await run('import', 'products', at('some.csv'), '--json', ...as)
    assert.equal(refused.code, 1)
    const { success, error } = JSON.parse(refused.out) as { success: boolean; error: { code: string; details: { line: number }[] } } // prettier-ignore
    assert.deepEqual([success, error.code, error.details.map(({ line }) => line)], [false, 'VALIDATION_ERROR', [3]]) // prettier-ignore
    const missing = await run('import', 'products', at('none.csv'), '--json')
    assert.deepEqual([missing.code, missing.err], [1, `There is no file ${at('none.csv')}\n`])
    assert.deepEqual(JSON.parse(missing.out), { success: false, error: { message: `There is no file ${at('none.csv')}` } }) // prettier-ignore
    assert.equal((await world.sql('select 1 from products')).length, 0)
    const dry = await run('import', 'products', at('some.csv'), '--on-error', 'skip', '--dry-run', ...as)
    assert.equal(dry.code, 2)
    assert.match(dry.out, /^3 records: 2 created, 0 updated, 0 unchanged, 1 failed\. It was a dry run: nothing of it was kept\.\n/) // prettier-ignore
    assert.equal((await world.sql('select 1 from products')).length, 0)
    const some = await run('import', 'products', at('some.csv'), '--on-error', 'skip', '--json', ...as)
    assert.equal(some.code, 2)
    const { created, failed, failures } = JSON.parse(some.out) as {
      created: number
      failed: number
      failures: { line: number }[]
    }
    assert.deepEqual([created, failed, failures[0]!.line], [2, 1, 3])
    await writeFile(at('more.ndjson.gz'), gzipSync('{"sku":"S-1","name":"First"}\n{"sku":"S-4","name":"Four","price":4}')) // prettier-ignore
    const upsert = await run('import', 'products', at('more.ndjson.gz'), '--upsert', 'sku', ...as)
    assert.deepEqual(upsert, {
      code: 0,
      out: '2 records: 1 created, 1 updated, 0 unchanged, 0 failed\n',
      err: ''
    })
    const rows = await world.sql('select sku, name from products order by sku')
    assert.deepEqual(rows.map(({ sku, name }) => `${sku} ${name}`), ['S-1 First', 'S-3 Three', 'S-4 Four']) // prettier-ignore
  })

  it('takes the standard input, and refuses who may not (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const input = '{"sku":"I-1","name":"In","price":1}\n'
    const command = ['import', 'products', '-', '--format', 'ndjson']
    const refused = await typed(world.database, [...command, '--as', String(stranger.id)], input)
    assert.equal(refused.code, 1)
    const done = await typed(world.database, [...command, '--as', String(admin.id)], input)
    assert.deepEqual(done, {
      code: 0,
      out: '1 records: 1 created, 0 updated, 0 unchanged, 0 failed\n',
      err: ''
    })
  })

  it('names what there is where it is called wrongly (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    for (const [args, said] of [
      [['import', 'things', 'x.csv'], /Usage: npm run import .*\nThere are .*products/],
      [['import', 'products', at('none.csv')], /There is no file .*none\.csv/],
      [['import', 'products', at('some.csv'), '--limit', '1'], /There is no option --limit\nUsage/],
      [['import', 'products', at('some.csv'), '--as', 'no@example.com'], /no user no@example\.com/],
      [['import', 'products', at('file.xlsx')], /--format csv or --format ndjson/],
      [['export', 'products', 'red'], /red is not <parameter>=<value>/]
    ] as [[string, ...string[]], RegExp][]) {
      const { code, err } = await run(...args)
      assert.equal(code, 1, args.join(' '))
      assert.match(err, said)
    }
  })
})
