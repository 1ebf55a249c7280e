import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { copyProject } from '../cli/generated-project'
import { onlyInDepth } from '../helpers/depth'

const CREATE = path.join(__dirname, '../../packages/create-rachis/bin/create-rachis.cjs')
const ENGINE = '^0.1.0'
const OWN = /^(\.git|\.data|node_modules)$/
const filesIn = (folder: string, place = ''): string[] =>
  fs.readdirSync(path.join(folder, place), { withFileTypes: true }).flatMap((entry) => {
    const file = path.posix.join(place, entry.name)
    if (!place && OWN.test(entry.name)) return []
    return entry.isDirectory() ? filesIn(folder, file) : [file]
  })
const textsIn = (folder: string) =>
  Object.fromEntries(filesIn(folder).map((file) => [file, fs.readFileSync(path.join(folder, file), 'utf8')]))

describe('npm run demo:remove, in a copy of the repository', function () {
  this.timeout(600_000)
  let copy: string
  let created: string
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], { cwd: copy, encoding: 'utf8' }) // prettier-ignore
  const remove = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/demo-remove.cjs', ...args], { cwd: copy, encoding: 'utf8' }) // prettier-ignore
    return { status, output: stdout + stderr }
  }
  /** What the command of the other package leaves in an empty folder. */
  const expected = (engine: string) => {
    fs.rmSync(path.join(created, 'my-api'), { recursive: true, force: true })
    execFileSync(process.execPath, [CREATE, 'my-api', '--no-install', '--engine', engine], { cwd: created })
    return textsIn(path.join(created, 'my-api'))
  }
  before(() => {
    copy = copyProject({ modules: false })
    created = fs.mkdtempSync(path.join(os.tmpdir(), 'rachis-written-'))
    git('init', '--quiet')
    git('add', '--all')
    git('commit', '--quiet', '--message', 'demo')
  })
  after(() => {
    for (const folder of [copy, created]) if (folder) fs.rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(() => {
    git('reset', '--quiet', '--hard')
    git('clean', '--quiet', '-d', '--force')
  })

  it('removes nothing while changes are not committed, a server runs, or an argument is wrong', () => {
    const before = filesIn(copy)
    fs.appendFileSync(path.join(copy, 'src/app.ts'), '// mine\n')
    const changed = remove('--engine', ENGINE)
    assert.equal(changed.status, 1)
    assert.match(changed.output, /not committed:\n {3}M src\/app\.ts\nCommit them, or type --force/)
    git('checkout', '--quiet', '--', 'src')
    fs.writeFileSync(path.join(copy, 'src/mine.ts'), '')
    assert.match(remove('--engine', ENGINE).output, /\?\? src\/mine\.ts/)
    fs.rmSync(path.join(copy, 'src/mine.ts'))
    fs.mkdirSync(path.join(copy, '.data/pg'), { recursive: true })
    fs.writeFileSync(path.join(copy, '.data/pg/postmaster.pid'), '1')
    assert.match(remove('--engine', ENGINE).output, /A server runs on \.data\/pg/)
    fs.rmSync(path.join(copy, '.data'), { recursive: true })
    assert.match(remove('--name', 'My Api').output, /type --name my-api/)
    assert.match(remove('--nmae', 'x').output, /Unknown option '--nmae'[^]*Type npm run demo:remove/)
    assert.deepEqual(filesIn(copy), before)
  })

  it('leaves what npm create rachis writes, file by file, and says what it removed', () => {
    fs.mkdirSync(path.join(copy, '.data/pg'), { recursive: true })
    const { status, output } = remove('--name', 'my-api', '--engine', ENGINE)
    assert.equal(status, 0, output)
    assert.deepEqual(textsIn(copy), expected(ENGINE))
    assert.match(output, /^Removed: .*src\/ \(\d+ files\).*test\/ \(\d+ files\)/m)
    assert.match(output, /Moved: the data of the demonstration, to \.data\/before-demo-remove/)
    assert.ok(fs.existsSync(path.join(copy, '.data/before-demo-remove/pg')))
    const [, commit = ''] = /The commit (\w+) has/.exec(output) ?? []
    assert.match(git('show', '--stat', '--oneline', commit), /demo/)
  })

  it('keeps what git does not know where it is told to go on', () => {
    fs.writeFileSync(path.join(copy, 'mine.txt'), 'x')
    assert.equal(remove('--name', 'my-api', '--engine', ENGINE, '--force').status, 0)
    assert.deepEqual(textsIn(copy), { ...expected(ENGINE), 'mine.txt': 'x' })
  })

  it('packs the engine beside it, as it is in no registry (TEST_DEPTH=2)', function () {
    onlyInDepth(this)
    const modules = path.join(copy, 'node_modules')
    fs.symlinkSync(path.join(__dirname, '../../node_modules'), modules)
    fs.appendFileSync(path.join(copy, '.git/info/exclude'), 'node_modules\n')
    const { status, output } = remove('--name', 'my-api')
    assert.equal(status, 0, output)
    const [, tarball = ''] = /with the engine in (\S+\.tgz)/.exec(output) ?? []
    const listed = execFileSync('tar', ['-tzf', tarball], { cwd: copy, encoding: 'utf8' })
    for (const file of ['lib/index.js', 'lib/index.d.ts', 'lib/client/index.mjs', 'LICENSE', 'package.json'])
      assert.match(listed, new RegExp(`^package/${file}$`, 'm'))
    fs.rmSync(path.join(copy, tarball))
    fs.rmSync(modules)
    assert.deepEqual(textsIn(copy), expected(`file:${tarball}`))
  })
})
