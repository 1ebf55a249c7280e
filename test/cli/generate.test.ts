import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'child_process'
import type { ChildProcess } from 'child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'fs' // prettier-ignore
import { tmpdir } from 'os'
import path from 'path'
import { io } from 'socket.io-client'
import { createDatabase, dropDatabase } from '../helpers/database'
import { DEPTH, onlyInDepth } from '../helpers/depth'
import type { Json } from '../helpers/world'
import { Listener } from '../helpers/world'

const PROJECT = path.join(__dirname, '../..')
interface Finished {
  code: number | null
  output: string
}

/** What a developer who clones the project has. */
const copyProject = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'rachis-generate-'))
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: PROJECT,
    encoding: 'utf8'
  })
  for (const file of listed.split('\0').filter((name) => name && existsSync(path.join(PROJECT, name)))) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    cpSync(path.join(PROJECT, file), path.join(folder, file))
  }
  symlinkSync(path.join(PROJECT, 'node_modules'), path.join(folder, 'node_modules'))

  return folder
}

/** The stock generator, as `npm create feathers` calls it: what is given here is not asked. */
const GENERATE = `
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
const NAMES = ['gadgets', 'widgets', 'loose'] as const
/** The questions that remain where the command line is used, and the answers that are typed. */
const ANSWERS: [RegExp, string][] = [
  [/require authentication\?/, 'y\n'],
  [/schema definition format/, '\n']
]

describe('feathers generate service', function () {
  this.timeout(300_000)
  let folder: string
  let database: string
  let server: ChildProcess
  let url: string
  const compiling: { types?: Promise<Finished>; tests?: Promise<Finished> } = {}

  const start = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess => {
    const {
      DATABASE_URL: _url,
      DATA_DIR: _dir,
      TEST_TEMPLATE: _template,
      TEST_SERVER: _server,
      ...inherited
    } = process.env
    return spawn(command, args, {
      cwd: folder,
      env: { ...inherited, NODE_ENV: 'test', DATA_DIR: path.join(folder, '.data'), ...env }
    })
  }
  const finished = (child: ChildProcess): Promise<Finished> =>
    new Promise((resolve) => {
      let output = ''
      for (const stream of [child.stdout!, child.stderr!])
        stream.setEncoding('utf8').on('data', (text: string) => (output += text))
      child.once('close', (code) => resolve({ code, output }))
    })
  const runNode = (...args: string[]) => finished(start(process.execPath, args))

  /** `npx feathers generate service`, answered as somebody at a terminal does: once the question is there. */
  const generateByHand = async (name: string): Promise<Finished> => {
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

  const startServer = async () => {
    server = start(process.execPath, ['-C', 'source', '--import=tsx', 'src/index.ts'], {
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

  const rest = async (method: string, route: string, body?: unknown, token?: string) => {
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
  const api = (method: string, route: string, body?: unknown, token?: string) =>
    rest(method, `/api/v1${route}`, body, token)

  const sockets: Listener[] = []
  const socket = async (token?: string): Promise<Listener> => {
    const listener = new Listener(io(url, { transports: ['websocket'], forceNew: true }))
    sockets.push(listener)
    if (token) await listener.call('create', 'authentication', { strategy: 'jwt', accessToken: token })

    return listener
  }

  const register = async (username: string): Promise<string> => {
    const account = { email: `${username}@example.com`, username, password: PASSWORD }
    return (await api('POST', '/auth/register', account)).body.access_token as string
  }

  const admin = async (): Promise<string> =>
    (await api('POST', '/auth/login', { email: 'root@example.com', password: PASSWORD })).body
      .access_token as string

  const migrationOf = (name: string) =>
    path.join(folder, 'migrations', readdirSync(path.join(folder, 'migrations')).find((file) => file.endsWith(`_${name}.ts`)) ?? '') // prettier-ignore

  /** As docs/resource.md says it: behind `app.use` in the service's file. */
  const guard = (name: string) => {
    const file = path.join(folder, `src/services/${name}/${name}.ts`)
    const generated = readFileSync(file, 'utf8')
    const rules = `\n  guardService(app, ${name}Path, { read: role('admin'), create: authenticated })`
    const guarded = generated.replace(/^ {2}app\.use\([^]*?^ {2}\}\)$/m, (use) => use + rules)
    assert.notEqual(guarded, generated)
    writeFileSync(file, `import { authenticated, guardService, role } from 'rachis'\n${guarded}`)
  }

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
    if (DEPTH > 1) compiling.types = runNode('node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.check.json') // prettier-ignore
    guard('widgets')
    database = await createDatabase()
    await startServer()
    compiling.tests = runNode(
      'node_modules/mocha/bin/mocha.js',
      'test/services/{gadgets,widgets,loose}/*.test.ts'
    )
  })
  after(async () => {
    for (const { socket } of sockets) socket.disconnect()
    const stopped = new Promise((resolve) => server?.once('exit', resolve))
    if (server?.kill('SIGTERM')) await stopped
    await Promise.all([compiling.types, compiling.tests])
    if (database) await dropDatabase(database)
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  it('writes its files, answered or asked, and registers the services', () => {
    for (const name of NAMES) {
      for (const file of [
        `${name}.ts`,
        `${name}.class.ts`,
        ...(name === 'loose' ? [] : [`${name}.schema.ts`])
      ])
        assert.ok(existsSync(path.join(folder, 'src/services', name, file)), file)
      assert.ok(existsSync(path.join(folder, 'test/services', name, `${name}.test.ts`)))
      assert.match(readFileSync(migrationOf(name), 'utf8'), new RegExp(`createTable\\('${name}'`))
    }
    const index = readFileSync(path.join(folder, 'src/services/index.ts'), 'utf8')
    const [, body] = /export const services = \(app: Application\) => \{\n(.*)\n\}\n$/s.exec(index) ?? []
    for (const name of NAMES) {
      assert.match(index, new RegExp(`^import \\{ ${name} \\} from './${name}/${name}'$`, 'm'))
      assert.match(body!, new RegExp(`^  app\\.configure\\(${name}\\)$`, 'm'))
    }
    assert.match(
      readFileSync(path.join(folder, 'src/services/widgets/widgets.ts'), 'utf8'),
      /authenticate\('jwt'\)/
    )
  })

  it('is migrated at the start, and served on REST and sockets', async () => {
    const { status, body: created } = await api('POST', '/gadgets', { text: 'By REST' })
    assert.deepEqual([status, created.text], [201, 'By REST'])
    assert.deepEqual((await api('GET', `/gadgets/${created.id}`)).body, created)
    const one = await socket()
    const other = await one.call('create', 'gadgets', { text: 'By socket' })
    assert.deepEqual(await one.call('get', 'gadgets', created.id), created)
    const page = await one.call('find', 'gadgets', { $sort: { id: -1 }, $limit: 1 })
    assert.deepEqual(page, { total: 2, limit: 1, skip: 0, data: [other] })
    assert.deepEqual((await api('GET', '/gadgets?$sort[id]=-1&$limit=1')).body, page)
    assert.equal((await api('PATCH', `/gadgets/${other.id}`, { text: 'Changed' })).body.text, 'Changed')
    assert.equal((await one.call('remove', 'gadgets', other.id)).id, other.id)
    assert.equal((await api('PUT', `/gadgets/${created.id}`, { text: 'x' })).status, 405)
    assert.equal((await api('GET', '/gadgets')).body.total, 1)
  })

  it('asks for authentication where it was told to', async () => {
    const token = await register('reader')
    assert.equal((await api('GET', '/widgets')).status, 401)
    assert.equal((await api('GET', '/widgets', undefined, 'nonsense')).body.error.code, 'INVALID_TOKEN')
    assert.equal((await api('POST', '/widgets', { text: 'Mine' }, token)).status, 201)
    assert.equal((await api('GET', '/widgets', undefined, await admin())).body.total, 1)
    assert.equal((await (await socket()).refusal('find', 'widgets')).error.code, 'NOT_AUTHENTICATED')
  })

  it('keeps to the rules of guardService on REST, on sockets and in events', async () => {
    const [user, root] = [await register('guarded'), await admin()]
    const [reader, writer, stranger] = await Promise.all([socket(root), socket(user), socket()])
    const made = await writer.call('create', 'widgets', { text: 'Guarded' })
    const other = (await api('POST', '/widgets', { text: 'By REST' }, user)).body
    for (const [method, token, status] of [['GET', user, 403], ['GET', root, 200], ['DELETE', root, 403], ['PATCH', root, 403]] as const)
      assert.equal((await api(method, `/widgets/${made.id}`, method === 'PATCH' ? { text: 'x' } : undefined, token)).status, status) // prettier-ignore
    assert.equal((await writer.refusal('find', 'widgets')).error.code, 'FORBIDDEN')
    assert.equal((await reader.refusal('remove', 'widgets', made.id)).error.code, 'FORBIDDEN')
    assert.equal((await stranger.refusal('create', 'widgets', { text: 'x' })).error.code, 'NOT_AUTHENTICATED')
    assert.deepEqual(await reader.call('get', 'widgets', made.id), made)
    // Whoever may read hears both creations; the one who made them, and who is not signed in, hear nothing.
    await reader.event('widgets created', ({ id }) => id === other.id)
    assert.deepEqual(reader.events.map(({ name, data }) => [name, data]), [['widgets created', made], ['widgets created', other]]) // prettier-ignore
    await Promise.all([writer, stranger].map((each) => each.call('find', 'gadgets')))
    for (const silent of [writer, stranger]) assert.deepEqual(silent.events, [])
  })

  it('publishes nothing', async () => {
    const token = await register('listener')
    const [signedIn, anonymous, writer] = await Promise.all([socket(token), socket(), socket()])
    await api('POST', '/gadgets', { text: 'Quiet, by REST' })
    const { id } = await writer.call('create', 'gadgets', { text: 'Quiet, by socket' })
    await writer.call('patch', 'gadgets', id, { text: 'Quietly changed' })
    await writer.call('remove', 'gadgets', id)
    // What is declared is heard, so the sockets do listen.
    await api('POST', '/tasks', { title: 'Loud' }, token)
    await signedIn.event('tasks created')
    await anonymous.call('find', 'gadgets')
    assert.deepEqual(signedIn.events.map(({ name }) => name), ['tasks created']) // prettier-ignore
    for (const silent of [anonymous, writer]) assert.deepEqual(silent.events, [])
  })

  it('refuses in the form of every other error, and without SQL', async () => {
    const { body: first } = await api('POST', '/gadgets', { text: 'Same' })
    const { body: second } = await api('POST', '/gadgets', { text: 'Other' })
    const one = await socket()
    const cases: [Promise<{ status?: number; body: Json }>, number, string][] = [
      [api('POST', '/gadgets', { text: 'Same' }), 409, 'DUPLICATE'],
      [api('PATCH', `/gadgets/${second.id}`, { text: 'Same' }), 409, 'DUPLICATE'],
      [one.refusal('create', 'gadgets', { text: 'Same' }).then((body) => ({ body })), 409, 'DUPLICATE'],
      [api('GET', '/gadgets/abc'), 404, 'NOT_FOUND'],
      [api('GET', '/gadgets/99999999999999999999'), 404, 'NOT_FOUND'],
      [api('PATCH', '/gadgets/abc', { text: 'x' }), 404, 'NOT_FOUND'],
      [api('DELETE', '/gadgets/abc'), 404, 'NOT_FOUND'],
      [api('GET', '/gadgets/123456'), 404, 'NOT_FOUND'],
      [one.refusal('get', 'gadgets', 'abc').then((body) => ({ body })), 404, 'NOT_FOUND'],
      [api('POST', '/gadgets', { text: 'a\0b' }), 422, 'VALIDATION_ERROR'],
      [api('POST', '/gadgets', { text: 7 }), 422, 'VALIDATION_ERROR'],
      [api('POST', '/gadgets', {}), 422, 'VALIDATION_ERROR'],
      [api('POST', '/gadgets', [{ text: 'Several' }]), 405, 'METHOD_NOT_ALLOWED'],
      [api('GET', '/gadgets?colour=red'), 400, 'BAD_QUERY'],
      [api('GET', '/gadgets?text[$regex]=x'), 400, 'BAD_QUERY'],
      [api('GET', '/loose?colour=red'), 400, 'BAD_REQUEST'],
      [api('POST', '/loose', { colour: 'red' }), 400, 'BAD_REQUEST'],
      [api('GET', '/loose/abc'), 404, 'NOT_FOUND']
    ]
    for (const [call, status, code] of cases) {
      const { body } = await call
      assert.deepEqual([body.code, body.error?.code], [status, code], JSON.stringify(body))
      assert.doesNotMatch(
        JSON.stringify(body),
        /select |insert |update |delete from|constraint|returning|\$1/i
      )
    }
    const { body } = await api('POST', '/gadgets', {})
    assert.deepEqual([body.error.field, body.error.details[0].rule], ['text', 'required'])
    assert.equal((await api('GET', `/gadgets/${first.id}`)).body.text, 'Same')
  })

  it('shows in the documentation', async function () {
    const { status, body } = await rest('GET', '/openapi.json')
    if (status === 404) this.skip()
    const paths = Object.keys(body.paths as Json)
    for (const name of NAMES)
      assert.ok(paths.some((each) => each.endsWith(`/${name}`)), `${name} is not among ${paths.join()}`) // prettier-ignore
  })

  it('is listed by npm run check as undeclared', async () => {
    const { code, output } = await finished(start('npm', ['run', '--silent', 'check']))
    assert.equal(code, 0, output)
    const undeclared = output.match(/^undeclared: .*$/gm) ?? []
    assert.deepEqual(
      undeclared.map((line) => line.split(' ')[1]).sort(),
      ['gadgets', 'loose']
    ) // prettier-ignore
    assert.match(
      undeclared[0]!,
      / — it publishes nothing and has no rule; declare it or give it guardService$/
    )
    assert.match(
      output,
      /^tasks +complete +POST +\/api\/v1\/tasks\/\{id\}\/complete +anyone signed in, where user_id is the caller's id$/m
    )
  })

  it('leaves the declarations to npm run check, which tells of a field that no migration has (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const file = path.join(folder, 'src/services/tasks/tasks.ts')
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('title: text(', 'note: nullable(text()),\n  title: text(')
    )
    const { code, output } = await finished(start('npm', ['run', '--silent', 'check']))
    assert.equal(code, 1, output)
    assert.match(output, /do not agree: run npm run migrate:make/)
    const made = await finished(start('npm', ['run', '--silent', 'migrate:make', 'notes of tasks']))
    assert.match(made.output, /Wrote migrations\/\d{14}_notes_of_tasks\.ts with \d statements/)
    assert.equal((await finished(start('npm', ['run', '--silent', 'check']))).code, 0)
  })

  it('passes the tests that it wrote', async () => {
    const { code, output } = await compiling.tests!
    assert.equal(code, 0, output)
    assert.match(output, /3 passing/)
  })

  it('passes the linter (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const { code, output } = await runNode(
      'node_modules/eslint/bin/eslint.js',
      '--max-warnings=0',
      'src/services/index.ts',
      ...NAMES.flatMap((name) => [`src/services/${name}`, `test/services/${name}`])
    )
    assert.equal(code, 0, output)
  })

  it('compiles (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const { code, output } = await compiling.types!
    assert.equal(code, 0, output)
  })
})
