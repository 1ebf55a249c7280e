import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { RUN } from '../helpers/runtime'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'

/** What is typed, and what is to be said of it: the first line, and words of the second where there is one. */
const WRONG: readonly (readonly [typed: string, said: RegExp])[] = [
  ['check --nope', /^There is no option --nope\nUsage: npm run check -- \[--database\]/],
  ['check tasks', /^tasks stands for nothing here\nUsage: npm run check/],
  ['routes --nope', /^There is no option --nope\nUsage: npm run routes/],
  ['routes nopes', /^No route has nopes in it\nUsage: npm run routes/],
  ['access --savee', /^There is no option --savee\nUsage: npm run access/],
  ['access nopes', /^No resource nopes; there are .*tasks/],
  ['explain tasks', /^Usage: npm run explain -- <resource> <operation>/],
  ['explain tasks publish', /^tasks has no operation publish; it has find/],
  ['explain tasks patch 1 2', /^2 stands for nothing here\nUsage: npm run explain/],
  ['explain tasks patch x', /^There is no such record/],
  ['explain tasks patch 1 --as nobody@example.com', /^There is no user nobody@example.com/],
  ['explain --help', /^There is no option --help\nUsage: npm run explain/],
  ['migrate maek', /^Unknown command maek; there are make, latest, rollback, status/],
  ['migrate latest now', /^now stands for nothing here\nUsage: npm run migrate/],
  ['migrate status --x', /^There is no option --x\nUsage: npm run migrate:status/],
  ['migrate rollback --all=5', /^Option '--all' does not take an argument\nUsage: npm run migrate:rollback/],
  ['migrate make --nope', /^There is no option --nope\nUsage: npm run migrate:make/],
  ['migrate make --plan a b', /^b is a second name; type one: npm run migrate:make -- a_b/],
  ['migrate make --plan --value', /^Option '--value <value>' argument missing\nUsage: npm run migrate:make/],
  ['migrate make --plan --value nope.x=1', /^--value nope.x=1: there is no table nope; type it as/],
  ['migrate make --plan --value tasks.nope=1', /^--value tasks.nope=1: tasks has no column nope; it has id, title/],
  ['migrate make --plan --value tasks', /^--value tasks says no column or no value: type it as/],
  ['migrate make --plan --value-sql tasks.title=lower(priority', /close its quotes and parentheses/],
  [`migrate make --plan --value-sql tasks.title='x`, /close its quotes and parentheses/],
  [`migrate make --plan --value-sql tasks.title=priority),x('`, /close its quotes and parentheses/],
  ['migrate make --plan --value-sql tasks.title=priority\u0000', /close its quotes and parentheses/],
  ['migrate make --plan --value-sql tasks.title=(select)', /write an expression over the columns of the row/],
  [`migrate make --plan --value-sql tasks.title=priority||'(it''s'||(priority)`, /nothing of this name has to be allowed/],
  ['migrate make --plan --value tasks.title=é;--', /nothing of this name has to be allowed/],
  ['migrate make --plan --beside tasks.title', /^--beside tasks.title: nothing of this name has to be allowed/],
  [`migrate make --plan --finish ';drop`, /^--finish ';drop: nothing of this name has to be allowed/],
  ['generate resource Größen_é a:text', /is not the name of a resource\.\n {2}Type its plural in snake_case, such as gro_en_e/],
  ['generate resource __proto__ a:text', /such as proto$/m],
  ['backup --x', /^There is no option --x\nUsage: npm run backup/],
  ['restore --x', /^There is no option --x\nUsage: npm run restore/],
  ['nope', /^Unknown command nope; there are check, migrate/]
] // prettier-ignore

describe('commands with wrong words', function () {
  this.timeout(120_000)
  let world: World
  before(async () => void (world = await startWorld()))
  after(() => world?.close())

  const run = async (commands: readonly (readonly string[])[]) => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...RUN, path.join(__dirname, 'many-commands.ts'), JSON.stringify(commands)],
      { env: { ...process.env, DATABASE_URL: world.database }, maxBuffer: 2 ** 24 }
    )

    return JSON.parse(stdout) as { code: number; said: string }[]
  }

  it('say in a sentence or two what to type, and end with 1', async () => {
    const ended = await run(WRONG.map(([typed]) => typed.split(' ')))
    for (const [index, { code, said }] of ended.entries()) {
      const [typed, expected] = WRONG[index]!
      assert.match(said, expected, typed)
      assert.equal(code, 1, typed)
      assert.ok(said.trim().split('\n').length <= 3 && !/\n\s+at /.test(said), `${typed}: ${said}`)
    }
  })

  it('leave npm run check its answer as JSON: what is wrong, and every route', async () => {
    const [{ code, said } = { code: 1, said: '' }] = await run([['check', '--json', '--database']])
    const { operations, ...report } = JSON.parse(said) as { operations: object[] }
    assert.equal(code, 0)
    const expected = { is_ok: true, problems: [], are_migrated: true, access: [] }
    assert.deepEqual({ ...report, ...expected }, report)
    const find = { resource: 'tasks', operation: 'find', method: 'GET', path: '/api/v1/tasks' }
    assert.ok(operations.some((one) => Object.entries(find).every(([name, value]) => (one as Record<string, unknown>)[name] === value))) // prettier-ignore
  })
})
