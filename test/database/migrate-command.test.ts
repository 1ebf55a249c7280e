import assert from 'node:assert/strict'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { migrate } from '../../packages/rachis/src/database/migrate'
import { runCli } from '../helpers/cli'
import { isDeep, onlyInDepth } from '../helpers/depth'
import { MIGRATIONS } from '../helpers/database'
import { catalogOf, Databases, namesIn, SHIPPED } from './migrations'

const ROOT = path.join(__dirname, '../..')
/** Names as the command lists them. */
const lines = (names: readonly string[]) => names.map((name) => `  ${name}\n`).join('')

describe('migrations by command', () => {
  const databases = new Databases()
  afterEach(() => databases.close())

  describe('by command', () => {
    let project: string
    let url: string
    /** `npm run migrate…`, in a copy of the project. */
    const command = (...args: string[]) => runCli('migrate', args, { url, cwd: project })
    const files = () => readdirSync(path.join(project, 'migrations')).filter((file) => file.endsWith('.ts'))
    const textOf = (file: string) => readFileSync(path.join(project, 'migrations', file), 'utf8')
    const declare = (fields: string) =>
      writeFileSync(
        path.join(project, 'src/services/resources.ts'),
        `import { defineResource, nullable, oneOf, renamed, text } from 'rachis'
        import { resources as shipped } from './shipped'
        const extra = defineResource('extra' as never, { fields: { ${fields} }, access: {} })
        export const resources = [...shipped, extra]`
      )

    before(() => {
      project = mkdtempSync(path.join(tmpdir(), 'rachis-project-'))
      for (const name of ['src', 'migrations', 'config', 'package.json', 'tsconfig.json'])
        cpSync(path.join(ROOT, name), path.join(project, name), { recursive: true })
      symlinkSync(path.join(ROOT, 'node_modules'), path.join(project, 'node_modules'))
      const services = path.join(project, 'src/services')
      renameSync(path.join(services, 'resources.ts'), path.join(services, 'shipped.ts'))
      writeFileSync(path.join(services, 'resources.ts'), "export { resources } from './shipped'")
    })

    it('are made, applied, told of and taken back', async function () {
      this.timeout(180_000)
      url = await databases.create()
      const shippedFiles = files()
      await migrate(databases.connect(url), MIGRATIONS)

      declare('a: nullable(text())')
      const made = await command('make', 'an extra table')
      assert.equal(made.code, 0)
      const [file] = files().filter((name) => !shippedFiles.includes(name))
      assert.match(file!, /^\d{14}_an_extra_table\.ts$/)
      assert.ok(file! > shippedFiles.at(-1)!, 'it comes after those that are there')
      assert.match(made.out, new RegExp(`Wrote migrations/${file} with 3 statements`))
      const name = file!.replace('.ts', '')
      assert.deepEqual(await command(), { code: 0, out: lines([name]) })
      assert.deepEqual(namesIn(await catalogOf(databases.connect(url)), 'table').filter((table) => table.startsWith('extra')), ['extra.extra']) // prettier-ignore
      assert.deepEqual(await command('rollback'), { code: 0, out: lines([name]) })
      assert.deepEqual(await command('status'), { code: 0, out: `Done:\n${lines(SHIPPED)}Pending:\n${lines([name])}` }) // prettier-ignore
    })

    it('are made as far as nothing is lost, and tell what is left (TEST_DEPTH=2)', async function () {
      onlyInDepth(this)
      this.timeout(180_000)
      declare('a: nullable(text()), b: nullable(text())')
      await command('make', 'base')
      declare('a: nullable(text()), c: text(), d: nullable(text())')
      const refused = await command('make', 'half')
      assert.equal(refused.code, 1)
      assert.match(refused.out, /^Wrote migrations\/\d+_half.*Not written.*extra\.b is no longer declared.*--drop extra\.b.*extra\.c may not be null.*--value extra\.c=text, or --value-sql 'extra\.c=…' computed from the row, or give it withDefault\(…\)/s) // prettier-ignore
      const written = files()
        .filter((file) => file.includes('_half'))
        .map(textOf)
        .join('\n')
      assert.match(written, /add column "d"/)
      assert.doesNotMatch(written, /"c"|"b"/)
      const before = files()
      const again = await command('make', 'again')
      assert.match(again.out, /^Not written/, 'the rest is a decision; there is nothing more to write')
      const slip = await command('make', 'slip', '--drop', 'extra.d')
      assert.deepEqual(slip, { code: 1, out: '--drop extra.d: nothing of this name has to be allowed; there is extra.b\n' }) // prettier-ignore
      const planned = await command('make', '--plan', '--drop', 'extra.b')
      assert.match(
        planned.out,
        /^First, in one transaction:.*Last, in one transaction:\n {2}drop column +extra\.b +ACCESS EXCLUSIVE +loses\n/s
      )
      const data = JSON.parse((await command('make', '--json', '--drop=extra.b')).out) as { steps: { up: string[] }[] } // prettier-ignore
      assert.ok(data.steps.some(({ up }) => up.includes('alter table "extra" drop column "b"')))
      assert.deepEqual(files(), before)
      declare('a: nullable(text()), b: nullable(text()), c: oneOf("low", "high"), d: nullable(text())')
      const told = await command('make', '--plan')
      assert.match(told.out, /extra\.c may not be null.*\n {4}--value extra\.c=low, or --value-sql/)
      const wrong = await Promise.all([
        command('make', '--plan', '--value', 'extra.c=middle'),
        command('make', '--plan', '--value', 'extra.c'),
        command('make', '--plan', '--value', 'extra.b=low'),
        command('make', '--plan', '--value-sql', 'extra.c=(select 1)'),
        command('make', '--plan', '--value-sql', 'extra.c=lower(aa)'),
        command('make', '--plan', '--beside', 'extra.a')
      ])
      assert.deepEqual(
        wrong.map(({ code }) => code),
        [1, 1, 1, 1, 1, 1]
      )
      assert.match(wrong[0]!.out, /^--value extra\.c=middle: .*c/)
      assert.match(wrong[1]!.out, /says no column or no value: type it as tasks\.priority=normal/)
      assert.match(
        wrong[2]!.out,
        /^--value extra\.b: nothing of this name has to be allowed; there is extra\.c\n/
      )
      assert.match(wrong[3]!.out, /write an expression over the columns of the row/)
      assert.match(wrong[4]!.out, /there is no column aa; did you mean a\?/)
      assert.match(wrong[5]!.out, /^--beside extra\.a: nothing of this name has to be allowed; nothing has\n/)
      const filled = await command('make', 'filled', '--value', 'extra.c=low')
      assert.equal(filled.code, 0, filled.out)
      assert.match(
        filled.out,
        /extra\.c is still written for the program as it was before\. .*: --finish extra\.c\n$/
      )
      declare(
        'a: nullable(text()), b: nullable(text()), c: oneOf("low", "high"), e: renamed(nullable(text()), "d")'
      )
      assert.match(
        (await command('make', '--plan')).out,
        /fails where it uses these columns.*--beside extra\.e lets both serve/s
      )
      const both = await command('make', 'both', '--beside', 'extra.e', '--finish', 'extra.c')
      assert.equal(both.code, 0, both.out)
      assert.deepEqual(
        files()
          .filter((file) => /_(filled|both)/.test(file))
          .map((file) => file.slice(15)),
        [
          'filled.ts',
          'filled_online.ts',
          'filled_contract.ts',
          'both.ts',
          'both_online.ts',
          'both_contract.ts'
        ]
      )
      assert.match((await command('make', 'done', '--finish', 'extra.e')).out, /Wrote migrations/)
      assert.match((await command('make')).out, /nothing to do\.\n$/)
      const after = files()
      declare("a: nullable(text({ format: 'nonsense' }))")
      const nonsense = await command('make')
      assert.equal(nonsense.code, 1)
      assert.match(nonsense.out, /a has the format nonsense/)
      assert.deepEqual(files(), after)
    })

    it('refuse an option that they do not know, and change nothing', async function () {
      this.timeout(180_000)
      url = await databases.create()
      const all = [
        ['rollback', '--step=2'],
        ['latest', '--dry'],
        ['status', '--json'],
        ['make', '--dry-run']
      ]
      const options = isDeep ? all : all.slice(0, 1)
      const before = files()
      const answers = await Promise.all(options.map((words) => command(...words)))
      for (const [index, { code, out }] of answers.entries()) {
        assert.equal(code, 1, out)
        assert.match(out, new RegExp(`^There is no option ${options[index]![1]!.replace(/=.*/, '')}\n`))
        assert.doesNotMatch(out, /\n {4}at /)
      }
      assert.deepEqual(await catalogOf(databases.connect(url)), [])
      assert.deepEqual(files(), before)
    })

    it('fail with a word where there is no such command, or no database', async function () {
      this.timeout(180_000)
      assert.deepEqual(await command('up'), { code: 1, out: 'Unknown command up; there are make, latest, rollback, status\n' }) // prettier-ignore
      url = 'postgresql://nobody:hunter2@127.0.0.1:1/none'
      const { code, out } = await command()
      assert.equal(code, 1)
      assert.match(out, /^The database at 127\.0\.0\.1:1 cannot be used .*ECONNREFUSED.*set DATABASE_URL/)
      assert.doesNotMatch(out, /hunter2|Acquire connection/)
      assert.doesNotMatch(out, /\n {4}at /)
    })
  })
})
