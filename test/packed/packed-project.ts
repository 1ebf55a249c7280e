import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { tsc } from '../helpers/compilers'
import { engineTarball } from './engine-tarball'

const ROOT = path.join(__dirname, '../..')
const run = promisify(execFile)
/** The application: a declaration, and the file that puts it on the engine. */
const FILES = {
  'src/notes.ts': `import { $user, defineResource, owner, text } from 'rachis'
import type { ServiceOf } from 'rachis'

export const notes = defineResource('notes', {
  fields: { title: text({ minLength: 1 }), user_id: owner('users') },
  access: { read: { user_id: $user.id }, create: { $user: {} }, remove: { user_id: $user.id } }
})
declare module 'rachis' {
  interface ServiceTypes { notes: ServiceOf<typeof notes> }
}
`,
  'src/create-app.ts': `import path from 'path'
import type { AppOptions } from 'rachis'
import { createApp as create } from 'rachis'
import { accounts } from 'rachis/accounts'
import { notes } from './notes'

export const root = process.cwd()
const migrations = path.join(__dirname, '../migrations')
export const declared = { resources: [notes], modules: [accounts] }
export const createApp = (options: Partial<AppOptions> = {}) => create({ ...declared, root, migrations, ...options })
`,
  'src/app.ts': `import { serve } from 'rachis'
import { run } from 'rachis/cli'
import { start } from 'rachis/start'
import { createApp, declared, root } from './create-app'

const load = async () => ({ app: createApp(), createApp })

if (process.argv[2]) void run({ root, load, loadResources: async () => declared }, process.argv.slice(2))
else void start(async () => {
  const app = createApp()
  // The types of the package know the services, the settings and the values that stand on the application.
  const title = async () => (await app.service('notes').get(1)).title satisfies string
  const known: readonly unknown[] = [title, app.get('port') satisfies number, app.get('auth').access_ttl satisfies number]
  if (known.length > 0) await serve(app)
})
`,
  'src/notes.test.ts': `import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { conformance, startTestApp } from 'rachis/testing'
import type { TestApp } from 'rachis/testing'
import { createApp } from './create-app'

let app: TestApp
before(async () => void (app = await startTestApp({ createApp })))
after(() => app.close())
test('notes are their owner’s', async () => {
  const silent = await app.as('stranger').events()
  const { status, body } = await app.as('owner').post('/notes', await app.data('notes'))
  assert.equal(status, 201)
  assert.equal((await app.as('stranger').refusal('get', 'notes', body.id)).code, 404)
  await silent.silent()
})
conformance({ createApp, only: ['notes'], depth: 0.5 })
`,
  'package.json': '{ "name": "notebook", "private": true, "version": "3.2.1" }\n',
  'tsconfig.json': `{
  "compilerOptions": {
    "target": "es2022", "module": "commonjs", "strict": true, "skipLibCheck": true,
    "esModuleInterop": true, "rootDir": ".", "outDir": "lib", "types": ["node"]
  },
  "include": ["src", "migrations"]
}
`
}

/** The same packages that an install would put beside it, and none that it does not name: from the checkout, so that no network is asked. */
const linkDependencies = (modules: string) => {
  const { dependencies, optionalDependencies } = JSON.parse(
    fs.readFileSync(path.join(modules, 'rachis/package.json'), 'utf8')
  ) as Record<'dependencies' | 'optionalDependencies', object>
  // What the application itself installs to compile its files.
  for (const name of [
    ...Object.keys({ ...dependencies, ...optionalDependencies }),
    '@types/node',
    'fast-check'
  ]) {
    const link = path.join(modules, name)
    fs.mkdirSync(path.dirname(link), { recursive: true })
    fs.symlinkSync(fs.realpathSync(path.join(ROOT, 'node_modules', name)), link, 'junction')
  }
}

/** A project in an empty folder, with the packed engine installed, its migration made and its files compiled. */
export class PackedProject {
  private constructor(readonly folder: string) {}

  static async make(): Promise<PackedProject> {
    // The account that the embedded database runs as has to enter it.
    const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'rachis-packed-')))
    fs.chmodSync(folder, 0o755)
    const tarball = await engineTarball(folder)
    const project = new PackedProject(path.join(folder, 'notebook'))
    await project.install(tarball)
    for (const [name, content] of Object.entries(FILES)) project.write(name, content)
    await project.compile()
    await project.command('migrate', 'make', 'notes')
    await project.compile()

    return project
  }

  get program(): string {
    return path.join(this.folder, 'lib/src/app.js')
  }

  /** A command of the project; answers what it printed. */
  async command(...words: readonly string[]): Promise<string> {
    const { stdout } = await run(process.execPath, [this.program, ...words], { cwd: this.folder })
    return stdout
  }

  /** Its own tests, by node:test on an embedded server; answers what they printed. */
  async test(): Promise<string> {
    const { DATABASE_URL: _url, RACHIS_TEST_SERVER: _server, RACHIS_TEST_RUN: _run, ...env } = process.env
    const file = path.join(this.folder, 'lib/src/notes.test.js')
    const { stdout } = await run(process.execPath, ['--test', file], { cwd: this.folder, env }).catch(
      ({ stdout = '' }: { stdout?: string }) => ({ stdout })
    )

    return stdout
  }

  files(folder: string): string[] {
    return fs.readdirSync(path.join(this.folder, folder)).sort()
  }

  remove() {
    fs.rmSync(path.dirname(this.folder), { recursive: true, force: true })
  }

  private write(name: string, content: string) {
    const file = path.join(this.folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content)
  }

  private async install(tarball: string) {
    const modules = path.join(this.folder, 'node_modules')
    fs.mkdirSync(path.join(modules, 'rachis'), { recursive: true })
    await run('tar', ['-xzf', tarball, '-C', path.join(modules, 'rachis'), '--strip-components=1'])
    linkDependencies(modules)
  }

  private async compile() {
    await tsc(this.folder, ['-p', '.'])
  }
}
