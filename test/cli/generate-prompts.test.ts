import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { createDatabase, dropDatabase } from '../helpers/database'
import { RUN } from '../helpers/runtime'
import { copyProject } from './generated-project'
import { noTerminal, typeAt } from './pseudo-terminal'
import { onlyInDepth } from '../helpers/depth'

const CLEAR = '\x15'
const DOWN = '\x1b[B'

/** The question for the next field, below the one that was answered: the same question is drawn anew for each key. */
const below = (field: string) => new RegExp(`✔[^\\n]*${field}[^]*empty when done\\):\\s*$`)

describe(`npm run generate -- resource at a terminal${noTerminal ? ` (${noTerminal})` : ''}`, function () {
  this.timeout(120_000)
  let folder: string
  let database: string
  before(async function () {
    if (noTerminal) this.skip()
    folder = copyProject()
    database = await createDatabase()
  })
  after(async () => {
    if (database) await dropDatabase(database)
    if (folder) rmSync(folder, { recursive: true, force: true })
  })
  const type = (answers: readonly (readonly [RegExp, string])[]) => {
    const env = { ...process.env, DATABASE_URL: database, TERM: 'xterm', CI: '' }
    return typeAt([process.execPath, ...RUN, 'src/cli.ts', 'generate', 'resource'], answers, { cwd: folder, env }) // prettier-ignore
  }
  const declared = (name: string) => readFileSync(path.join(folder, `src/services/${name}/${name}.ts`), 'utf8') // prettier-ignore

  it('asks for name, fields and owner, and says of a slip what to type while it is typed', async () => {
    const { code, screen } = await type([
      [/such as invoices:\s*$/, 'tasks\r'],
      [/There is a resource tasks already[^]*$/, `${CLEAR}letters\r`],
      [/empty when done\):\s*$/, 'title:string\r'],
      [/string is not a type of a field\. Type title:text/, `${CLEAR}title:text:unique\r`],
      [below('title:text:unique'), 'writer_id:belongsTo:users\r'],
      [below('writer_id:belongsTo:users'), '\r'],
      [/Whose are the records\?[^]*nobody/, '\r']
    ])
    assert.equal(code, 0, screen)
    assert.match(declared('letters'), /title: unique\(text\(\{ minLength: 1, maxLength: 255 \}\)\)/)
    assert.match(declared('letters'), /writer_id: owner\('users'\)/)
    assert.match(screen, /Wrote migrations\/\d+_letters\.ts/)
  })

  it('asks who reads and who writes what is nobody’s (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const { code, screen } = await type([
      [/such as invoices:\s*$/, 'colours\r'],
      [/empty when done\):\s*$/, 'name:text\r'],
      [below('name:text'), '\r'],
      [/Who reads the records\?[^]*everybody/, `${DOWN}${DOWN}\r`],
      [/Who creates, changes and removes them\?[^]*everybody/, '\r']
    ])
    assert.equal(code, 0, screen)
    assert.match(declared('colours'), /read: anyone, create: role\('admin'\)/)
  })
})
