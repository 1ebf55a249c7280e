import assert from 'node:assert/strict'
import type { OpenApiDocument } from '../../packages/rachis/src/openapi/openapi'
import { assertDocumented } from '../helpers/documented'
import type { Answer, Json, Listener, Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'

/** Seed 001: somebody registers, keeps a list of tasks, and nobody else sees it. Every answer is held against the document. */
describe('story of seed 001: tasks', () => {
  let world: World
  let document: OpenApiDocument
  let ada: Person
  let eve: Person
  let live: Listener
  let task: Json

  const rest = async (person: Person, method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await world.rest(person, method, path, { body })
    assertDocumented(document, method, `/api/v1${path}`, answer.status, answer.body)

    return answer
  }
  const registered = async (name: string): Promise<Person> => {
    const body = { email: `${name}@example.com`, username: name, password: PASSWORD, first_name: name }
    const answer = await rest(anonymous, 'POST', '/auth/register', body)
    assert.equal(answer.status, 201)
    const { user, access_token: token, refresh_token } = answer.body

    return { name, id: user.id, email: user.email, token, refresh_token }
  }

  before(async () => {
    world = await startWorld()
    document = (await (await fetch(`${world.url}/openapi.json`)).json()) as OpenApiDocument
    ada = await registered('ada')
    eve = await registered('eve')
    live = await world.socket(ada)
  })
  after(() => world?.close())

  it('logs in with email and password, and tells who that is', async () => {
    const credentials = { email: ada.email, password: PASSWORD }
    const { status, body } = await rest(anonymous, 'POST', '/auth/login', credentials)
    assert.equal(status, 200)
    assert.deepEqual([body.token_type, body.expires_in, body.user.id], ['bearer', 900, ada.id])
    const me = await rest({ ...ada, token: body.access_token }, 'GET', '/auth/me')
    assert.deepEqual(me.body, body.user)
    assert.ok(!JSON.stringify(body.user).includes('password'))
    const wrong = await rest(anonymous, 'POST', '/auth/login', { ...credentials, password: 'wrong-horse' })
    assert.deepEqual([wrong.status, wrong.body.error.code], [401, 'INVALID_LOGIN'])
  })

  it('keeps passwords as bcrypt hashes only', async () => {
    const [row] = await world.sql('select password from users where id = $1', [ada.id])
    assert.match(row!.password, /^\$2[aby]\$/)
  })

  it('gives a new pair of tokens for the refresh token', async () => {
    const { status, body } = await rest(anonymous, 'POST', '/auth/refresh', {
      refresh_token: ada.refresh_token
    })
    assert.equal(status, 200)
    assert.notEqual(body.refresh_token, ada.refresh_token)
    assert.equal((await rest({ ...ada, token: body.access_token }, 'GET', '/auth/me')).status, 200)
  })

  it('creates a task with the defaults of the table', async () => {
    const body = { title: 'Buy groceries', description: 'Milk and tea' }
    const answer = await rest(ada, 'POST', '/tasks', body)
    task = answer.body
    assert.equal(answer.status, 201)
    assert.equal(answer.headers.get('location'), `/api/v1/tasks/${task.id}`)
    const { title, description, status, priority, due_date, user_id } = task
    assert.deepEqual(
      { title, description, status, priority, due_date, user_id },
      { ...body, status: 'pending', priority: 'medium', due_date: null, user_id: ada.id }
    )
    assert.deepEqual((await live.event('tasks created')).data, task)
  })

  it('lists and gets it, over REST and over a socket, fifty at a time unless asked', async () => {
    const { status, body } = await rest(ada, 'GET', '/tasks')
    assert.equal(status, 200)
    assert.deepEqual(body, { total: 1, limit: 50, skip: 0, data: [task] })
    assert.deepEqual(await live.call('find', 'tasks', {}), body)
    assert.deepEqual((await rest(ada, 'GET', `/tasks/${task.id}`)).body, task)
    assert.deepEqual(await live.call('get', 'tasks', task.id), task)
  })

  it('replaces it by PUT', async () => {
    const { status, body } = await rest(ada, 'PUT', `/tasks/${task.id}`, { title: 'Buy more groceries' })
    assert.equal(status, 200)
    assert.equal(body.title, 'Buy more groceries')
    assert.equal(body.description, null, 'PUT replaces: what is left out is at its default again')
    assert.deepEqual([body.id, body.user_id, body.created_at], [task.id, ada.id, task.created_at])
    assert.ok(body.updated_at >= task.updated_at)
    assert.equal((await live.event('tasks updated')).data.title, 'Buy more groceries')
  })

  it('takes it through its states, by an action or by PATCH, and refuses a step that is none', async () => {
    const started = await rest(ada, 'POST', `/tasks/${task.id}/start`, {})
    assert.deepEqual([started.status, started.body.status], [200, 'in_progress'])
    const done = await rest(ada, 'PATCH', `/tasks/${task.id}`, { status: 'completed' })
    assert.deepEqual([done.status, done.body.status], [200, 'completed'])
    const again = await rest(ada, 'POST', `/tasks/${task.id}/start`, {})
    assert.deepEqual([again.status, again.body.error.code], [409, 'STATE_CONFLICT'])
    const overSocket = await live.call('reopen', 'tasks', { id: task.id })
    assert.equal(overSocket.status, 'pending')
  })

  it('searches and filters', async () => {
    const { body: tax } = await rest(ada, 'POST', '/tasks', { title: 'Tax return', priority: 'urgent' })
    await rest(eve, 'POST', '/tasks', { title: 'Tax fraud', priority: 'urgent' })
    const found = await rest(ada, 'GET', '/tasks/search?q=tax')
    assert.equal(found.status, 200)
    assert.deepEqual(found.body.data, [tax])
    assert.deepEqual((await live.call('search', 'tasks', { q: 'tax' })).data, [tax])
    for (const query of ['priority=urgent', 'search=tax', 'sort=-id&limit=1', 'priority[$ne]=medium'])
      assert.deepEqual((await rest(ada, 'GET', `/tasks?${query}`)).body.data, [tax], query)
  })

  it('hides it from a stranger, whatever she tries, and asks nobody in without a token', async () => {
    const path = `/tasks/${task.id}`
    // A task of her own, made before, may still be on its way to her.
    await world.settled()
    const hers = await world.socket(eve)
    const tries: [method: string, body?: Json][] = [
      ['GET'],
      ['PUT', { title: 'Mine' }],
      ['PATCH', { title: 'Mine' }],
      ['DELETE']
    ]
    for (const [method, body] of tries) {
      assert.equal((await rest(eve, method, path, body)).status, 404, method)
      const refused = await rest(anonymous, method, path, body)
      assert.deepEqual([refused.status, refused.body.error.code], [401, 'NOT_AUTHENTICATED'], method)
      assert.equal(refused.headers.get('www-authenticate'), 'Bearer')
    }
    assert.equal((await hers.refusal('patch', 'tasks', task.id, { title: 'Mine' })).code, 404)
    assert.equal((await (await world.socket()).refusal('find', 'tasks', {})).code, 401)
    const forged = await rest({ name: 'forger', token: `${ada.token}x` }, 'GET', path)
    assert.deepEqual([forged.status, forged.body.error.code], [401, 'INVALID_TOKEN'])
    const given = await rest(eve, 'POST', '/tasks', { title: 'For Ada', user_id: ada.id })
    assert.deepEqual([given.status, given.body.error.field], [422, 'user_id'])
    assert.equal((await rest(ada, 'GET', path)).body.title, 'Buy more groceries')
    await world.settled()
    assert.deepEqual(await hers.drained(), [], 'she hears nothing of tasks that are not hers')
  })

  it('says what is wrong with invalid data: code, message, field and details', async () => {
    const { status, body } = await rest(ada, 'POST', '/tasks', { title: '', priority: 'someday' })
    assert.equal(status, 422)
    const { trace_id, details, ...error } = body.error
    assert.deepEqual([body.success, error.code, error.field], [false, 'VALIDATION_ERROR', 'title'])
    assert.equal(error.message, body.message)
    assert.match(trace_id, /^[\w.:-]+$/)
    assert.deepEqual(details.map(({ field }: Json) => field).sort(), ['priority', 'title'])
    for (const detail of details)
      assert.ok('expected' in detail && 'provided' in detail, JSON.stringify(detail))
    const overSocket = await live.refusal('create', 'tasks', { title: '', priority: 'someday' })
    assert.deepEqual(overSocket.error.details, details)
    const email = { email: 'notanemail', username: 'nobody', password: PASSWORD }
    const refused = await rest(anonymous, 'POST', '/auth/register', email)
    assert.deepEqual([refused.status, refused.body.error.field], [422, 'email'])
    assert.equal(refused.body.error.details[0].provided, 'notanemail')
    assert.equal((await world.rest(ada, 'POST', '/tasks', { raw: '{"title":' })).status, 400)
  })

  it('refuses an email that is taken with 409', async () => {
    const body = { email: 'ADA@example.com', username: 'ada2', password: PASSWORD }
    const { status, body: answer } = await rest(anonymous, 'POST', '/auth/register', body)
    assert.deepEqual([status, answer.error.code, answer.error.field], [409, 'DUPLICATE', 'email'])
  })

  it('binds values: SQL in a query or a title is a text', async () => {
    const title = `'; drop table tasks; --`
    const { body } = await rest(ada, 'POST', '/tasks', { title })
    assert.equal(body.title, title)
    const query = new URLSearchParams({ title }).toString()
    assert.equal((await rest(ada, 'GET', `/tasks?${query}`)).body.total, 1)
    assert.equal((await rest(ada, 'GET', `/tasks/search?q=${encodeURIComponent(title)}`)).status, 200)
  })

  it('deletes it', async () => {
    const path = `/tasks/${task.id}`
    const { status, body } = await rest(ada, 'DELETE', path)
    assert.deepEqual([status, body.id], [200, task.id])
    assert.equal((await live.event('tasks removed')).data.id, task.id)
    for (const method of ['GET', 'DELETE']) assert.equal((await rest(ada, method, path)).status, 404, method)
    assert.equal((await live.refusal('get', 'tasks', task.id)).code, 404)
  })

  it('deletes the tasks of a person with the person', async () => {
    const leaver = await registered('leaver')
    await rest(leaver, 'POST', '/tasks', { title: 'Say good-bye' })
    const admin = await world.register('admin', { role: 'admin' })
    assert.equal((await rest(admin, 'DELETE', `/users/${leaver.id}`)).status, 200)
    assert.deepEqual(await world.sql('select id from tasks where user_id = $1', [leaver.id]), [])
    await world.settled()
    assert.equal((await rest(leaver, 'GET', '/tasks')).status, 401)
  })

  it('serves many at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        world.rest(ada, 'POST', '/tasks', { body: { title: `Task ${i}` } })
      )
    )
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]))
    assert.equal(new Set(answers.map(({ body }) => body.id)).size, 30)
  })

  it('answers /health and /docs, and describes every path of the seed in /openapi.json', async () => {
    for (const path of ['/health', '/docs'])
      assert.equal((await fetch(`${world.url}${path}`)).status, 200, path)
    const paths: Record<string, string[]> = {
      '/auth/register': ['post'],
      '/auth/login': ['post'],
      '/auth/refresh': ['post'],
      '/auth/me': ['get'],
      '/tasks': ['get', 'post'],
      '/tasks/{id}': ['get', 'put', 'delete'],
      '/tasks/search': ['get']
    }
    for (const [path, methods] of Object.entries(paths))
      for (const method of methods)
        assert.ok((document.paths[path] as Json | undefined)?.[method], `${method} ${path}`)
  })

  it('lets the pages of listed origins in, and no others', async () => {
    const open = await startWorld({ settings: { allowed_origins: ['https://app.example'] } })
    try {
      const allowed = async (origin: string) => {
        const { headers } = await fetch(`${open.url}/api/v1/products`, { headers: { Origin: origin } })
        return headers.get('access-control-allow-origin')
      }
      assert.equal(await allowed('https://app.example'), 'https://app.example')
      assert.ok(!(await allowed('https://evil.example')))
    } finally {
      await open.close()
    }
  })

  it('ends the session at log-out, at once', async () => {
    const { status } = await rest(eve, 'POST', '/auth/logout', {})
    assert.equal(status, 200)
    assert.equal((await rest(eve, 'GET', '/tasks')).status, 401)
    const stale = await rest(anonymous, 'POST', '/auth/refresh', { refresh_token: eve.refresh_token })
    assert.equal(stale.status, 401)
  })
})
