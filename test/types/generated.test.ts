import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { ESLint } from 'eslint'
import { createApp } from 'rachis'
import type { AnyResource } from 'rachis'
import { accounts } from 'rachis/accounts'
import { startTestApp } from 'rachis/testing'
import { accessOf } from '../../packages/rachis/src/cli/generate/access'
import { evaluate } from '../../packages/rachis/src/cli/generate/check-draft'
import { declarationText } from '../../packages/rachis/src/cli/generate/declaration-text'
import type { Draft } from '../../packages/rachis/src/cli/generate/draft'
import { parseField } from '../../packages/rachis/src/cli/generate/parse-field'
import { formatted } from '../../packages/rachis/src/cli/generate/project-files'
import { onlyInDepth } from '../helpers/depth'
import { UNCOUNTED } from '../helpers/runtime'

const ROOT = path.join(__dirname, '../..')
const COUNT = 200
/**
 * What the compiler does, which is the same on every machine, and seconds of a processor for a start. The seconds of the compiler are printed: with
 * the sources of the engine, which it checks here as well, they were 9.4 on a busy machine.
 */
const BUDGET = { instantiations: 500_000, megabytes: 1024, start: 3 }

const seconds = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** What `npm run generate -- resource` writes for these words. */
const WORDS = ['number:text:unique', 'total:money', 'note:text:nullable', 'due:date', 'customer_id:belongsTo:users', 'status:state:draft,sent,paid'] // prettier-ignore
const drafts: readonly Draft[] = Array.from({ length: COUNT }, (_, index) => {
  const fields = WORDS.map(parseField)
  return { name: `invoices_${index}`, ...accessOf(fields, { owner: 'customer_id' }) }
})

const CONFIGURATION = {
  extends: path.join(ROOT, 'tsconfig.json'),
  compilerOptions: { noEmit: true, rootDir: ROOT },
  include: ['*.ts']
}
/** The compiler, which says what it needed of a processor. */
const TSC = `process.on('exit', () => console.log('Processor time: ' + process.cpuUsage().user / 1e6))
require(${JSON.stringify(path.join(ROOT, 'node_modules/typescript/lib/tsc.js'))})`

describe(`${COUNT} generated resources (TEST_DEPTH=2)`, function () {
  this.timeout(300_000)
  let folder: string
  before(async function () {
    onlyInDepth(this)
    mkdirSync(path.join(ROOT, '.data'), { recursive: true })
    // Inside of the checkout: the compiler names types by their way through node_modules.
    folder = mkdtempSync(path.join(ROOT, '.data/generated-'))
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(CONFIGURATION))
    for (const draft of drafts) {
      const file = path.join(folder, `${draft.name}.ts`)
      writeFileSync(file, await formatted(ROOT, file, declarationText(draft)))
    }
  })
  after(() => {
    if (folder) rmSync(folder, { recursive: true })
  })

  it('are checked by the compiler within the budget, with less than a gigabyte', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', TSC, 'tsc', '-p', folder, '--extendedDiagnostics'], { maxBuffer: 2 ** 26, env: { ...process.env, ...UNCOUNTED } }) // prettier-ignore
    const measured = (name: string) => Number(new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(stdout)![1])
    const [check, total, processor] = [
      measured('Check time'),
      measured('Total time'),
      measured('Processor time')
    ]
    const found = {
      instantiations: measured('Instantiations'),
      megabytes: Math.round(measured('Memory used') / 1024)
    }
    console.log(`      ${(check! * Math.min(1, processor! / total!)).toFixed(1)} s to check, ${processor!.toFixed(1)} s in all, ${JSON.stringify(found)}`) // prettier-ignore
    assert.ok(found.instantiations < BUDGET.instantiations && found.megabytes < BUDGET.megabytes, JSON.stringify(found)) // prettier-ignore
  })

  it('have nothing for the linter to say', async () => {
    const results = await new ESLint({ cwd: ROOT, ignore: false }).lintFiles([`${folder}/*.ts`])
    assert.equal(results.length, COUNT)
    assert.deepEqual(results.flatMap(({ messages }) => messages), []) // prettier-ignore
  })

  it('start in three seconds, once their tables are there', async () => {
    const resources = drafts.map(evaluate) as readonly AnyResource[]
    const application = {
      createApp: (options: object = {}) =>
        createApp({ resources, modules: [accounts], root: __dirname, ...options })
    }
    const first = await startTestApp({ ...application, unmigrated: resources })
    // A process of its own reads declarations that no other has read before.
    const begin = seconds()
    const again = drafts.map(evaluate) as readonly AnyResource[]
    const second = await startTestApp({
      createApp: (options: object = {}) => createApp({ resources: again, modules: [accounts], root: __dirname, ...options }), // prettier-ignore
      database: first.database
    })
    const needed = seconds() - begin
    console.log(`      ${needed.toFixed(1)} s to start`)
    assert.equal((await second.as('owner').get('/invoices-7')).status, 200)
    await second.close(true)
    await first.close()
    assert.ok(needed < BUDGET.start, `${needed} s`)
  })
})
