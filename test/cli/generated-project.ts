import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'child_process'
import type { ChildProcess } from 'child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'fs' // prettier-ignore
import { tmpdir } from 'os'
import path from 'path'
import { io } from 'socket.io-client'
import { createDatabase, dropDatabase } from '../helpers/database'
import { isDeep } from '../helpers/depth'
import { RUN, UNCOUNTED } from '../helpers/runtime'
import type { Json } from '../helpers/world'
import { Listener } from '../helpers/world'

const PROJECT = path.join(__dirname, '../..')
interface Finished {
  code: number | null
  output: string
}

/** What a developer who clones the project has, once its packages are installed. */
export const copyProject = ({ modules = true } = {}): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'rachis-generate-'))
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: PROJECT,
    encoding: 'utf8'
  })
  for (const file of listed.split('\0').filter((name) => name && existsSync(path.join(PROJECT, name)))) {
    const copy = path.join(folder, file)
    mkdirSync(path.dirname(copy), { recursive: true })
    // Not cpSync, which takes ten times as long for a single file.
    copyFileSync(path.join(PROJECT, file), copy)
  }
  if (modules) symlinkSync(path.join(PROJECT, 'node_modules'), path.join(folder, 'node_modules'))

  return folder
}

/** The stock generator, as `npm create feathers` calls it: what is given here is not asked. */
export const GENERATE = `
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
const cli = createRequire(process.cwd() + '/package.json').resolve('@feathersjs/cli')
const { commandRunner } = await import(pathToFileURL(cli).href)
for (const service of JSON.parse(process.argv[1])) await commandRunner('service')({ cwd: process.cwd(), ...service })
`
const PASSWORD = 'correct-horse'
const GIVEN = [
  { name: 'gadgets', path: 'gadgets', type: 'knex', schema: 'typebox', authentication: false },
  { name: 'loose', path: 'loose', type: 'knex', schema: false, authentication: false }
]
export const NAMES = ['gadgets', 'widgets', 'loose'] as const
/** The questions that remain where the command line is used, and the answers that are typed. */
const ANSWERS: [RegExp, string][] = [
  [/require authentication\?/, 'y\n'],
  [/schema definition format/, '\n']
]

/** The copy of the project that services are generated in. */
export let folder: string
let database: string
let server: ChildProcess
let url: string
export const compiling: { types?: Promise<Finished>; tests?: Promise<Finished> } = {}

/** Without the database and the folders that this process was told to use. */
const ownEnvironment = (cwd: string): NodeJS.ProcessEnv => {
  const { DATABASE_URL: _url, DATA_DIR: _dir, RACHIS_TEST_SERVER: _server, RACHIS_TEST_RUN: _run, ...inherited } = process.env // prettier-ignore
  return { ...inherited, ...UNCOUNTED, NODE_ENV: 'test', DATA_DIR: path.join(cwd, '.data') }
}
export const start = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess =>
  spawn(command, args, { cwd: folder, env: { ...ownEnvironment(folder), ...env } })
export const finished = (child: ChildProcess): Promise<Finished> =>
  new Promise((resolve) => {
    let output = ''
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.once('close', (code) => resolve({ code, output }))
  })
/** A command in a folder, on no database but one of that folder's own. */
export const runIn = (cwd: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  finished(spawn(command, args, { cwd, env: { ...ownEnvironment(cwd), ...env } }))
export const runNode = (...args: string[]) => finished(start(process.execPath, args))

/** `npx feathers generate service`, answered as somebody at a terminal does: once the question is there. */
export const generateByHand = async (name: string): Promise<Finished> => {
  const args = ['feathers', 'generate', 'service', '--name', name, '--path', name, '--type', 'knex']
  const child = start('npx', ['--no', ...args])
  const waiting = [...ANSWERS]
  let seen = ''
  child.stdout!.on('data', (text: Buffer) => {
    seen += text.toString()
    if (waiting[0]?.[0].test(seen)) child.stdin!.write(waiting.shift()![1])
  })

  return finished(child)
}

export const startServer = async () => {
  server = start(process.execPath, [...RUN, 'src/index.ts'], {
    DATABASE_URL: database,
    PORT: '0',
    LOG_LEVEL: 'silent',
    ADMIN_EMAIL: 'root@example.com',
    ADMIN_PASSWORD: PASSWORD
  })
  let printed = ''
  url = await new Promise<string>((resolve, reject) => {
    const read = (text: Buffer) => {
      printed += text.toString()
      const [address] = /http:\/\/[\w.:]+(?=\/api)/.exec(printed) ?? []
      if (address) resolve(address)
    }
    server.stdout!.on('data', read)
    server.stderr!.on('data', read)
    server.once('exit', () => reject(new Error(`The server did not start: ${printed}`)))
  })
}

export const rest = async (method: string, route: string, body?: unknown, token?: string) => {
  const response = await fetch(`${url}${route}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(token ? { Authorization: `Bearer ${token}` } : {})
    },
    body: body === undefined ? undefined : JSON.stringify(body)
  })

  return { status: response.status, body: (await response.json()) as Json }
}
export const api = (method: string, route: string, body?: unknown, token?: string) =>
  rest(method, `/api/v1${route}`, body, token)

const sockets: Listener[] = []
export const socket = async (token?: string): Promise<Listener> => {
  const listener = new Listener(io(url, { transports: ['websocket'], forceNew: true }))
  sockets.push(listener)
  if (token) await listener.call('create', 'authentication', { strategy: 'jwt', accessToken: token })

  return listener
}

export const register = async (username: string): Promise<string> => {
  const account = { email: `${username}@example.com`, username, password: PASSWORD }
  return (await api('POST', '/auth/register', account)).body.access_token as string
}

export const admin = async (): Promise<string> =>
  (await api('POST', '/auth/login', { email: 'root@example.com', password: PASSWORD })).body
    .access_token as string

export const migrationOf = (name: string) =>
  path.join(folder, 'migrations', readdirSync(path.join(folder, 'migrations')).find((file) => file.endsWith(`_${name}.ts`)) ?? '') // prettier-ignore

/** As docs/resource.md says it: behind `app.use` in the service's file. */
export const guard = (name: string) => {
  const file = path.join(folder, `src/services/${name}/${name}.ts`)
  const generated = readFileSync(file, 'utf8')
  const rules = `\n  guardService(app, ${name}Path, { read: role('admin'), create: authenticated })`
  const guarded = generated.replace(/^ {2}app\.use\([^]*?^ {2}\}\)$/m, (use) => use + rules)
  assert.notEqual(guarded, generated)
  writeFileSync(file, `import { authenticated, guardService, role } from 'rachis'\n${guarded}`)
}

/** Generates the services and starts the server before the tests, and ends all of it after them. */
export const withProject = () => {
  before(async () => {
    folder = copyProject()
    const given = await runNode('--input-type=module', '-e', GENERATE, JSON.stringify(GIVEN))
    assert.doesNotMatch(given.output, /error/i)
    const asked = await generateByHand('widgets')
    assert.equal(asked.code, 0, asked.output)
    // As a developer would: something that the database refuses.
    const migration = readFileSync(migrationOf('gadgets'), 'utf8')
    writeFileSync(
      migrationOf('gadgets'),
      migration.replace("table.string('text')", "table.string('text').unique()")
    )
    if (isDeep) compiling.types = runNode('node_modules/@typescript/typescript7/bin/tsc', '--noEmit', '-p', 'tsconfig.check.json') // prettier-ignore
    guard('widgets')
    database = await createDatabase()
    await startServer()
    if (isDeep) compiling.tests = runNode('node_modules/mocha/bin/mocha.js', 'test/services/{gadgets,widgets,loose}/*.test.ts') // prettier-ignore
  })
  after(async () => {
    for (const { socket } of sockets) socket.disconnect()
    const stopped = new Promise((resolve) => server?.once('exit', resolve))
    if (server?.kill('SIGTERM')) await stopped
    await Promise.all([compiling.types, compiling.tests])
    if (database) await dropDatabase(database)
    if (folder) rmSync(folder, { recursive: true, force: true })
  })
}
