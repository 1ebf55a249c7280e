import assert from 'node:assert/strict'
import { createClient, isRachisError, memoryStorage } from '../../packages/rachis/src/client'
import type { Client, ClientOptions, RachisError } from '../../packages/rachis/src/client'
import type { ServiceTypes } from '../../packages/rachis/src/declare/declarations'
import type { Person, World } from '../helpers/world'
import { PASSWORD, startWorld } from '../helpers/world'

const refusal = (promise: Promise<unknown>): Promise<RachisError> =>
  promise.then(
    (result) => { throw new Error(`expected a refusal, got ${JSON.stringify(result)}`) },
    (error: RachisError) => error
  ) // prettier-ignore

describe('the client’s session', () => {
  let world: World
  let owner: Person
  let stranger: Person
  const clients: Client<ServiceTypes>[] = []
  before(async () => {
    world = await startWorld({ settings: { auth: { access_ttl: 7, expiry_warning: 1 } } })
    owner = await world.register('owner')
    stranger = await world.register('stranger')
  })
  afterEach(() => {
    for (const client of clients.splice(0)) client.close()
  })
  after(() => world?.close())

  /** A client, and how often it asked for what. */
  const open = (options: ClientOptions = {}) => {
    const asked: string[] = []
    const counted: typeof fetch = (url, init) => {
      const own = new Headers(init?.headers).get('X-Service-Method')
      asked.push(own ?? `${init?.method} ${new URL(String(url)).pathname}`)
      return fetch(url, init)
    }
    const client = createClient<ServiceTypes>(world.url, { transport: 'sse', fetch: counted, ...options })
    clients.push(client)

    return { client, asked, count: (name: string) => asked.filter((one) => one === name).length }
  }
  const login = (client: Client<ServiceTypes>, { email }: Person) =>
    client.login({ email: email!, password: PASSWORD })

  it('signs in, calls as that user and as nobody else, and signs out at once, on the server as well', async () => {
    const { client } = open()
    const anonymous = await refusal(client.service('tasks').find())
    assert.deepEqual([anonymous.code, anonymous.status], ['NOT_AUTHENTICATED', 401])
    const session = await login(client, owner)
    assert.equal(session.user.id, owner.id)
    const { id } = await client.service('tasks').create({ title: 'Mine' })
    const { client: other } = open()
    await login(other, stranger)
    const hidden = await refusal(other.service('tasks').get(id))
    assert.deepEqual([hidden.code, hidden.status], ['NOT_FOUND', 404])
    await client.logout()
    assert.equal(client.session, undefined)
    assert.equal((await refusal(client.service('tasks').get(id))).code, 'NOT_AUTHENTICATED')
    const { status } = await world.rest({ name: 'owner', token: session.access_token }, 'GET', '/tasks')
    assert.equal(status, 401)
  })

  it('tells errors with their codes, fields and hints', async () => {
    const { client } = open()
    assert.equal((await refusal(client.login({ email: owner.email!, password: 'wrong-horse' }))).code, 'INVALID_LOGIN') // prettier-ignore
    await login(client, owner)
    const invalid = await refusal(client.service('tasks').create({ title: '' }))
    assert.ok(isRachisError(invalid, 'VALIDATION_ERROR'))
    assert.deepEqual([invalid.status, invalid.field, invalid.details[0]!.rule], [422, 'title', 'minLength'])
    assert.ok(invalid.trace_id)
    const unknown = await refusal(client.service('tasks').find({ query: { titel: 'x' } }))
    assert.deepEqual([unknown.code, unknown.hint?.includes('title')], ['BAD_QUERY', true])
    const { id } = await client.service('tasks').create({ title: 'Steps' })
    await client.service('tasks').complete({ id })
    assert.equal((await refusal(client.service('tasks').start({ id }))).code, 'STATE_CONFLICT')
    const nowhere = createClient<ServiceTypes>('http://127.0.0.1:9')
    const network = await refusal(nowhere.service('tasks').find())
    assert.deepEqual([network.code, network.status], ['NETWORK', 0])
  })

  it('runs every method, with filters of every form', async () => {
    const { client } = open()
    await login(client, stranger)
    const tasks = client.service('tasks')
    const [tea, pot] = await tasks.create([{ title: 'Tea & 100 %', due_date: '2026-01-31T12:00:00.000Z' }, { title: 'Pot' }]) // prettier-ignore
    const titles = async (query: Record<string, unknown>) =>
      (await tasks.find({ query })).data.map(({ title }) => title)
    assert.deepEqual(await titles({ due_date: null }), ['Pot'])
    assert.deepEqual(await titles({ due_date: { $ne: null } }), ['Tea & 100 %'])
    assert.deepEqual(await titles({ title: 'Tea & 100 %' }), ['Tea & 100 %'])
    assert.deepEqual(await titles({ $or: [{ title: 'Pot' }, { id: { $in: [tea!.id] } }], $sort: { id: -1 } }), ['Pot', 'Tea & 100 %']) // prettier-ignore
    assert.deepEqual(await titles({ due_date: { $lt: new Date('2026-02-01') } }), ['Tea & 100 %'])
    assert.equal((await tasks.update(pot!.id, { title: 'Kettle' })).title, 'Kettle')
    assert.equal((await tasks.remove(pot!.id)).title, 'Kettle')
    assert.equal((await tasks.search({ q: 'tea' })).total, 1)
  })

  it('renews a token that has ended once for all calls and for all tabs', async () => {
    const storage = memoryStorage()
    const first = open({ storage })
    const second = open({ storage })
    const before = await login(first.client, owner)
    await second.client.service('tasks').find()
    assert.equal(second.client.session?.access_token, before.access_token, 'a tab that is opened later')
    const stored = JSON.parse((await storage.getItem('rachis:session')) as string) as object
    const ended = JSON.stringify({ ...stored, expires_at: Date.now() })
    await storage.setItem('rachis:session', ended)
    const third = open({ storage })
    const calls = Array.from({ length: 5 }, () => third.client.service('tasks').find())
    await Promise.all(calls)
    assert.equal(third.count('refresh'), 1)
    assert.notEqual(third.client.session!.refresh_token, before.refresh_token)
  })

  it('renews it before it ends, without being asked', async () => {
    const { client } = open()
    const { access_token } = await login(client, owner)
    const renewed = await new Promise<{ access_token: string } | undefined>((resolve) =>
      client.onSession(resolve)
    )
    assert.ok(renewed && renewed.access_token !== access_token)
    assert.ok(client.session!.expires_at > Date.now())
  })

  it('knows when the session is over, and goes on as anybody', async () => {
    const { client } = open()
    const { refresh_token } = await login(client, owner)
    const over = new Promise((resolve) => client.onSession((session) => session ?? resolve(undefined)))
    await world.sql('delete from sessions where user_id = $1', [owner.id])
    await world.settled()
    const refused = await refusal(client.service('tasks').find())
    await over
    assert.ok(['INVALID_TOKEN', 'NOT_AUTHENTICATED'].includes(refused.code))
    assert.ok(refresh_token)
    assert.equal((await client.service('products').find()).skip, 0)
  })
})
