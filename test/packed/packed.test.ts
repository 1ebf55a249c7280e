import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { onlyInDepth } from '../helpers/depth'
import { Server } from '../resilience/server'
import type { Json, Person, World } from '../helpers/world'
import { anonymous, PASSWORD } from '../helpers/world'
import { PackedProject } from './packed-project'

const ADMIN = { ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'four random words here' }
const PRODUCTION = { NODE_ENV: 'production', SECRET_KEY: randomBytes(32).toString('base64'), ...ADMIN }

describe('the packed engine, installed in an empty folder (TEST_DEPTH=2)', () => {
  let project: PackedProject
  let running: Server | undefined
  before(async function () {
    onlyInDepth(this)
    this.timeout(300_000)
    project = await PackedProject.make()
  })
  afterEach(async () => {
    await running?.end('SIGTERM')
    running = undefined
  })
  after(() => project?.remove())

  const serve = async (env: NodeJS.ProcessEnv = {}): Promise<World> => {
    running = Server.program(project.program, env, project.folder)
    await running.ready()

    return running.world()
  }
  const join = async (world: World, name: string): Promise<Person> => {
    const body = { email: `${name}@example.com`, username: name, password: PASSWORD }
    const registered = await world.rest(anonymous, 'POST', '/auth/register', { body })
    assert.equal(registered.status, 201, JSON.stringify(registered.body))

    return world.login({ name, email: body.email })
  }
  /** What an owner and a stranger do and see. */
  const story = async (world: World, [name, other]: [string, string]) => {
    const [owner, stranger] = [await join(world, name), await join(world, other)]
    const [mine, theirs] = [await world.client(owner), await world.client(stranger)]
    const heard: Json[] = []
    theirs.service('notes').on('created', (note: Json) => heard.push(note))
    const event = new Promise<Json>((resolve) => mine.service('notes').once('created', resolve))
    const made = await world.rest(owner, 'POST', '/notes', { body: { title: 'Buy tea' } })
    assert.equal(made.status, 201)
    assert.deepEqual(await event, made.body)
    assert.deepEqual((await world.rest(owner, 'GET', '/notes')).body.data, [made.body])
    assert.deepEqual((await theirs.service('notes').find()).data, [])
    assert.equal((await world.rest(stranger, 'GET', `/notes/${made.body.id}`)).status, 404)
    assert.equal((await world.rest(anonymous, 'GET', '/notes')).status, 401)
    assert.deepEqual(heard, [])
    world.hangUp()
  }
  const seesDocs = async ({ url }: World) => {
    assert.match(await (await fetch(`${url}/docs`)).text(), /swagger-ui/)
    for (const file of ['/redoc/redoc.standalone.js', '/scalar/scalar.standalone.js'])
      assert.equal((await fetch(`${url}${file}`)).status, 200, file)
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as Json
    assert.equal(document.info.version, '3.2.1')
    for (const path of ['/notes/{id}', '/auth/login', '/authentication', '/health/ready'])
      assert.ok(document.paths[path], path)
  }

  it('writes the migration of what the application declares, and of nothing else', async () => {
    const [file, schema] = project.files('migrations')
    const text = readFileSync(path.join(project.folder, 'migrations', file!), 'utf8')
    assert.match(file!, /^\d{14}_notes\.ts$/)
    assert.deepEqual(
      [...text.matchAll(/create table "(\w+)"/g)].map(([, table]) => table),
      ['notes']
    )
    const kept = JSON.parse(readFileSync(path.join(project.folder, 'migrations', schema!), 'utf8')) as Json[]
    assert.deepEqual(
      kept.map(({ name }) => name),
      ['notes']
    )
    assert.match(await project.command('migrate', 'make'), /agree: nothing to do/)
  })

  it('has a test kit, by which the tests of the application run', async () => {
    const output = await project.test()
    assert.match(output, /pass 11\b/, output)
    assert.match(output, /fail 0\b/, output)
  }).timeout(120_000)

  it('registers, signs in, creates, lists, gets a live event and shows /docs, without any settings', async () => {
    const world = await serve()
    await story(world, ['owner', 'stranger'])
    await seesDocs(world)
  }).timeout(60_000)

  it('does so in production, with what production asks for', async () => {
    const world = await serve(PRODUCTION)
    await story(world, ['reader', 'visitor'])
    await seesDocs(world)
    const body = { email: ADMIN.ADMIN_EMAIL, password: ADMIN.ADMIN_PASSWORD }
    const { status, body: answer } = await world.rest(anonymous, 'POST', '/auth/login', { body })
    assert.deepEqual([status, answer.user.role], [200, 'admin'])
  }).timeout(60_000)

  it('does not start in production without them, and says in one line what is missing', async () => {
    const server = Server.program(project.program, { NODE_ENV: 'production' }, project.folder)
    assert.equal(await server.end(), 1)
    assert.match(server.output, /could not start: .*secret_key is the development default; set SECRET_KEY/)
    assert.doesNotMatch(server.output, /\n {4}at /)
  })
})
