import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const PROGRAM = path.join(__dirname, '../../packages/create-rachis/bin/create-rachis.cjs')

/** What is typed behind npm create rachis, and all that is to be said of it. */
const WRONG: Readonly<Record<string, string>> = {
  '': 'The application has no name.\n  Type npm create rachis my-api\n',
  '--nope': "Unknown option '--nope'.\n  Type npm create rachis my-api\n",
  'a b': 'b is a second name.\n  Type npm create rachis a-b\n',
  Größe: 'Größe is not a name of a package.\n  Type npm create rachis gro-e\n',
  ünï: 'ünï is not a name of a package.\n  Type npm create rachis uni\n',
  node_modules: 'node_modules is not a name of a package.\n  Type npm create rachis node-modules\n',
  "'; rm": 'rm is a second name.\n  Type npm create rachis rm\n',
  used: 'The folder used is not empty.\n  Type another name, or an empty folder.\n'
}

describe('npm create rachis with wrong words', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'rachis-words-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  const create = (...words: readonly string[]) =>
    new Promise<{ code: number; said: string }>((resolve) =>
      execFile(process.execPath, [PROGRAM, ...words, '--no-install'], { cwd: folder }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), said: stdout + stderr })
      )
    ) // prettier-ignore

  it('writes nothing, and says what to type', async () => {
    const { code } = await create('used')
    assert.equal(code, 0)
    writeFileSync(path.join(folder, 'file'), '')
    for (const [typed, expected] of Object.entries(WRONG)) {
      const { code: ended, said } = await create(...typed.split(' ').filter(Boolean))
      assert.deepEqual([ended, said], [1, expected], typed)
    }
    const { said } = await create('x'.repeat(215))
    assert.match(said, /is not a name of a package\.\n {2}Type npm create rachis x{60}\n$/)
    assert.deepEqual(readdirSync(folder).sort(), ['file', 'used'])
    assert.ok(existsSync(path.join(folder, 'used/package.json')))
  })
})
