import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { createDatabase, dropDatabase } from '../helpers/database'
import { MAJORS, tsc } from '../helpers/compilers'
import { onlyInDepth } from '../helpers/depth'
import { GENERATE, runIn } from '../cli/generated-project'
import { Server } from '../resilience/server'
import { PackedCreator } from './created-project'

describe('npm create rachis my-api, from packed tarballs (TEST_DEPTH=2)', function () {
  this.timeout(300_000)
  let creator: PackedCreator
  let project: string
  const node = (...args: string[]) => runIn(project, process.execPath, args)
  const bin = (file: string, ...args: string[]) => node(`node_modules/${file}`, ...args)
  /** What its CI file runs behind the install. */
  const ci = async () => {
    const file = fs.readFileSync(path.join(project, '.github/workflows/ci.yml'), 'utf8')
    const scripts = [...file.matchAll(/^ +- run: npm (?:run )?([\w:]+)$/gm)].map(([, script]) => script!)
    assert.deepEqual(scripts, ['ci', 'check:types', 'lint', 'check', 'test'])
    for (const script of scripts.slice(1)) {
      const { code, output } = await runIn(project, 'npm', ['run', script])
      assert.equal(code, 0, output)
    }
  }
  before(async function () {
    onlyInDepth(this)
    creator = await PackedCreator.make()
    project = path.join(creator.folder, 'my-api')
    await creator.create('my-api', '--no-install', '--engine', `file:${creator.engine}`)
    await creator.install(project)
  })
  after(() => creator?.remove())

  it('writes a Feathers-shaped application, and into no folder that is in use', async () => {
    const manifest = JSON.parse(fs.readFileSync(path.join(project, 'package.json'), 'utf8'))
    assert.equal(manifest.name, 'my-api')
    for (const script of ['console', 'export', 'import', 'dev']) assert.match(manifest.scripts[script], new RegExp(`src/cli\\.ts ${script}$`)) // prettier-ignore
    assert.match(manifest.dependencies.rachis, /^file:.*rachis-[\d.]+\.tgz$/)
    for (const file of [
      'tsconfig.json',
      'config/default.json',
      'src/services/notes/notes.ts',
      'src/hooks',
      'migrations/schema.json',
      'test/services/notes.test.ts',
      'README.md',
      'Dockerfile',
      '.github/workflows/ci.yml',
      '.gitignore'
    ])
      // prettier-ignore
      assert.ok(fs.existsSync(path.join(project, file)), file)
    assert.match(fs.readFileSync(path.join(project, 'README.md'), 'utf8'), /^# my-api$/m)
    await assert.rejects(creator.create('my-api'), /The folder my-api is not empty/)
    await assert.rejects(creator.create('My_Api'), /Type npm create rachis my-api/)
  })

  it('starts, and serves its resource to those who may see it', async () => {
    const server = Server.npm('start', { DATA_DIR: path.join(project, '.data') }, project)
    await server.ready()
    const world = server.world()
    assert.equal((await world.rest({ name: 'anonymous' }, 'GET', '/notes')).status, 401)
    await server.end('SIGTERM')
  })

  it('takes what feathers generate and the generator of the package write, and passes its tests', async () => {
    const service = { name: 'gadgets', path: 'gadgets', type: 'knex', schema: 'typebox', authentication: false } // prettier-ignore
    await node('--input-type=module', '-e', GENERATE, JSON.stringify([service]))
    const hook = GENERATE.replace("commandRunner('service')", "commandRunner('hook')")
    await node('--input-type=module', '-e', hook, JSON.stringify([{ name: 'stamp', type: 'around' }]))
    const generated = await node('--import=tsx', 'src/cli.ts', 'generate', 'resource', 'invoices', 'total:money', 'user_id:belongsTo:users', '--owner', 'user_id') // prettier-ignore
    assert.equal(generated.code, 0, generated.output)
    for (const file of [
      'src/hooks/stamp.ts',
      'src/services/gadgets/gadgets.class.ts',
      'src/services/invoices/invoices.ts'
    ])
      // prettier-ignore
      assert.ok(fs.existsSync(path.join(project, file)), file)
    await ci()
    // One file alone, as the generator says how.
    const [, told = ''] = /Test +npx cross-env NODE_ENV=test mocha (\S+)/.exec(generated.output) ?? []
    const { code, output } = await bin('mocha/bin/mocha.js', told)
    assert.equal(code, 0, output)
    assert.ok(output.includes('invoices') && !output.includes('notes'), output)
  })

  it('holds for each major version of TypeScript, with the declarations of the engine, and is told its mistakes', async () => {
    const check = ['--noEmit', '-p', 'tsconfig.check.json']
    const mistake = path.join(project, 'src/mistake.ts')
    for (const major of MAJORS) {
      fs.rmSync(mistake, { force: true })
      assert.match(await tsc(project, ['--version'], major), new RegExp(`^Version ${major}\\.`))
      await tsc(project, check, major)
      fs.writeFileSync(mistake, "import type { Application } from './declarations'\nexport const titles = async (app: Application) => (await app.service('notes').get(1)).titel\n") // prettier-ignore
      await assert.rejects(tsc(project, check, major), /src\/mistake\.ts\(2,\d+\): error TS2551/)
    }
    fs.rmSync(mistake)
    // Of a declaration file that is not valid by itself an application would see nothing but types that are missing.
    const { message } = await tsc(project, [...check, '--skipLibCheck', 'false']).then(() => new Error('none'), (error: Error) => error) // prettier-ignore
    assert.deepEqual(message.match(/^.*rachis\/lib\/.*$/gm), null)
  })

  it('is told the line of a mistake in a declaration, also by a TypeScript that has no API', async () => {
    const file = path.join(project, 'src/services/notes/notes.ts')
    const text = fs.readFileSync(file, 'utf8')
    const line = text.slice(0, text.indexOf("owner('users')")).split('\n').length
    fs.writeFileSync(file, text.replace("owner('users')", "owner('nobody')"))
    for (const major of MAJORS) {
      creator.useCompiler(project, major)
      const { code, output } = await runIn(project, 'npm', ['run', 'check'])
      assert.equal(code, 1, output)
      assert.match(output, new RegExp(`nobody[^]*\n +at src/services/notes/notes\\.ts:${line}\n`), output)
    }
    fs.writeFileSync(file, text)
  })

  it('is compiled, and serves in production as in its container, without what it is developed with', async () => {
    const container = fs.readFileSync(path.join(project, 'Dockerfile'), 'utf8')
    const [, script = ''] = /^RUN npm run (\w+) && npm prune --omit=dev$/m.exec(container) ?? []
    const { code, output } = await runIn(project, 'npm', ['run', script])
    assert.equal(code, 0, output)
    const { devDependencies } = JSON.parse(fs.readFileSync(path.join(project, 'package.json'), 'utf8'))
    // Links to those of the checkout, which stay.
    for (const name of Object.keys(devDependencies)) fs.unlinkSync(path.join(project, 'node_modules', name))
    const [, command = ''] = /^CMD \["node", "(.+)"\]$/m.exec(container) ?? []
    const [, probe = ''] = /^HEALTHCHECK CMD node -e "(.+)"$/m.exec(container) ?? []
    const DATABASE_URL = await createDatabase('template0')
    const production = { NODE_ENV: 'production', DATABASE_URL, SECRET_KEY: randomBytes(32).toString('hex') }
    const server = Server.program(path.join(project, command), production, project)
    try {
      await server.ready()
      assert.equal((await server.world().rest({ name: 'anonymous' }, 'GET', '/notes')).status, 401)
      const { port } = new URL(server.url!)
      const health = (PORT: string) => runIn(project, process.execPath, ['-e', probe], { PORT })
      assert.deepEqual(await health(port), { code: 0, output: '' })
      await server.end('SIGTERM')
      assert.equal((await health(port)).code, 1)
    } finally {
      server.child.kill('SIGKILL')
      await dropDatabase(DATABASE_URL)
    }
  })
})
