import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
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
import { filesOf, formatted, registered } from '../../packages/rachis/src/cli/generate/project-files'
import { importPath, testText } from '../../packages/rachis/src/cli/generate/test-text'
import { measureCheck } from '../helpers/compilers'
import { onlyInDepth } from '../helpers/depth'
import { PackedCreator } from '../packed/created-project'

const ROOT = path.join(__dirname, '../..')
const COUNT = 200
/** Seconds of processors, which other work on the machine does not change much, and what the compiler holds. */
const BUDGET = { check: 10, megabytes: 1024, start: 3 }

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

describe(`${COUNT} generated resources (TEST_DEPTH=2)`, function () {
  this.timeout(300_000)
  let creator: PackedCreator
  let root: string
  const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
  /** As `npm run generate` does, which would format the list anew for each. */
  const write = async (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
    writeFileSync(path.join(root, file), await formatted(root, file, text))
  }
  before(async function () {
    onlyInDepth(this)
    creator = await PackedCreator.make()
    root = path.join(creator.folder, 'my-api')
    await creator.create('my-api', '--no-install')
    await creator.install(root)
    const { registration } = filesOf(root, 'any')
    let list = read(registration)
    for (const draft of drafts) {
      const { declaration, test, app } = filesOf(root, draft.name)
      await write(declaration, declarationText(draft))
      await write(test, testText(draft, importPath(test, app)))
      list = registered(list, draft.name)
    }
    await write(registration, list)
  })
  after(() => creator?.remove())

  it('are checked, with their tests and the rest of a new project, in ten seconds with less than a gigabyte', async () => {
    const { seconds, processor, megabytes } = await measureCheck(root, '-p', 'tsconfig.check.json')
    console.log(`      ${seconds} s to check, ${processor} s of processors, ${megabytes} MB`)
    assert.ok(processor < BUDGET.check && megabytes < BUDGET.megabytes, `${processor} s, ${megabytes} MB`)
  })

  it('have nothing for the linter to say', async () => {
    const eslint = new ESLint({ cwd: ROOT })
    for (const { name } of drafts) {
      const { declaration } = filesOf(root, name)
      const [result] = await eslint.lintText(read(declaration), { filePath: path.join(ROOT, declaration) })
      assert.deepEqual(result?.messages, [], declaration)
    }
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
