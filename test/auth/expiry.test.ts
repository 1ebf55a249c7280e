import assert from 'node:assert/strict'
import { Tokens } from '../../packages/rachis/src/accounts/tokens'
import { Expiry } from '../../packages/rachis/src/sockets/expiry'
import type { Listener, Person, World } from '../helpers/world'
import { PASSWORD, startWorld } from '../helpers/world'
import { assertError } from '../input/contract'

/** Seconds: enough to do something before the end, whatever else the machine does. */
const AMPLE = 6
const WARNING = 60

describe('a socket whose token expires', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld({ settings: { auth: { expiry_warning: WARNING } } })
    owner = await world.register('owner')
  })
  after(() => world?.close())

  /** Whether what happens to their tasks arrives; what happens while they sign in is told once that is done. */
  const hears = async (socket: Listener, signing?: Promise<unknown>) => {
    const [task] = await world.sql(`insert into tasks (title, user_id) values ('Mine', $1) returning id::int as id`, [owner.id]) // prettier-ignore
    await world.settled()
    await world.sql('delete from tasks where id = $1', [task!.id])
    await signing
    // Whom the socket stands for now is looked up behind the answer, and what was kept for it is told then.
    await world.settled()
    const events = await socket
      .call('login', 'auth', { email: 'x', password: 'x' })
      .catch(() => socket.events)

    return (events as Listener['events']).some(({ name, data }) => name === 'tasks created' && data.id === task!.id) // prettier-ignore
  }
  const sign = (socket: Listener, { token }: Person) =>
    socket.call('create', 'authentication', { strategy: 'jwt', accessToken: token })

  /**
   * Signs in by a token that ends in so many seconds; in more, where that is over before a busy machine has answered. All of
   * them lie within the warning.
   */
  const signFor = async (seconds: number, socket: Listener, { token }: Person): Promise<void> => {
    const tokens = new Tokens({ secret_key: world.app.get('secret_key'), ...world.app.get('auth') })
    const exp = Math.floor(Date.now() / 1000) + seconds
    const ending = tokens.sign({ ...tokens.verify(token, 'access'), exp })
    const isSigned = await sign(socket, { name: 'ending', token: ending }).then(
      () => true,
      () => false
    )
    if (!isSigned) await signFor(2 * seconds, socket, { name: 'ending', token })
  }
  const expire = async (socket: Listener, person: Person) => {
    await signFor(2, socket, person)
    await socket.event('token_expired')
  }

  it('is warned, then hears nothing and is refused, and signs in anew without coming back', async () => {
    const person = await world.login(owner)
    const socket = await world.socket(person)
    const { id: connection } = socket.socket
    assert.ok(await hears(socket))
    await signFor(AMPLE, socket, person)
    const { data: warned } = await socket.event('token_expiring')
    assert.deepEqual(Object.keys(warned), ['expires_in'])
    assert.ok(warned.expires_in > 0 && warned.expires_in < WARNING, String(warned.expires_in))
    await expire(socket, person)
    for (const [method, path] of [
      ['find', 'tasks'],
      ['find', 'products'],
      ['me', 'auth']
    ] as const)
      // prettier-ignore
      assertError(await socket.refusal(method, path, {}), { code: 'INVALID_TOKEN' })
    socket.forget()
    assert.equal(await hears(socket), false)
    const witness = await world.socket()
    const { id } = await world.app
      .service('categories')
      .create({ name: 'Told to everybody', slug: 'told' } as never)
    await witness.event('categories created', (data) => data.id === id)
    assert.equal(await hears(socket), false)
    assert.deepEqual(socket.events, [])

    const { access_token } = await socket.call('refresh', 'auth', { refresh_token: person.refresh_token })
    await sign(socket, { ...person, token: access_token })
    assert.equal((await socket.call('find', 'tasks')).total, 0)
    assert.ok(await hears(socket))
    assert.equal(socket.socket.id, connection)
  })

  it('keeps its subscriptions where it signs in anew before', async () => {
    const person = await world.login(owner)
    const [socket, witness] = [await world.socket(person), await world.socket(person)]
    await signFor(AMPLE, socket, person)
    await socket.event('token_expiring')
    const { access_token } = await socket.call('refresh', 'auth', { refresh_token: person.refresh_token })
    const signing = sign(socket, { ...person, token: access_token })
    assert.ok(await hears(socket, signing))
    // Not before the end that the first token had.
    await signFor(AMPLE, witness, person)
    await witness.event('token_expired')
    assert.ok(!(await socket.drained()).includes('token_expired'))
    socket.forget()
    await signFor(AMPLE, socket, { ...person, token: access_token })
    await socket.event('token_expiring')
    await expire(socket, { ...person, token: access_token })
  })

  it('can sign in with its password, or as somebody else', async () => {
    const person = await world.login(owner)
    const socket = await world.socket(person)
    const stranger = await world.register('stranger')
    await expire(socket, person)
    await socket.call('login', 'auth', { email: owner.email, password: PASSWORD })
    assert.equal((await socket.call('me', 'auth', {})).id, owner.id)
    await sign(socket, await world.login(stranger))
    assert.equal((await socket.call('me', 'auth', {})).id, stranger.id)
    assert.equal(await hears(socket), false)
  })

  it('can log out, and then reads what anybody may, without coming back', async () => {
    const person = await world.login(owner)
    const socket = await world.socket(person)
    const { id: connection } = socket.socket
    await expire(socket, person)
    assertError(await socket.refusal('find', 'products', {}), { code: 'INVALID_TOKEN' })
    await socket.call('remove', 'authentication', null)
    assert.ok(Array.isArray((await socket.call('find', 'products', {})).data))
    assertError(await socket.refusal('find', 'tasks', {}), { code: 'NOT_AUTHENTICATED' })
    const create = world.app.service('categories').create({ name: 'Public', slug: 'public' } as never)
    const { id } = await create
    await socket.event('categories created', (data) => data.id === id)
    assert.equal(await hears(socket), false)
    assert.equal(socket.socket.id, connection)
    // The session is over with it, which could have been renewed.
    const { refresh_token } = person
    const { status } = await world.rest({ name: 'x' }, 'POST', '/auth/refresh', { body: { refresh_token } })
    assert.equal(status, 401)
    assertError(await socket.refusal('remove', 'authentication', null), { code: 'NOT_AUTHENTICATED' })
    await sign(socket, await world.login(owner))
    assert.ok(await hears(socket))
  })

  it('that is signed out by then is told nothing', async () => {
    const [person, other] = [await world.login(owner), await world.login(owner)]
    const [socket, witness] = [await world.socket(person), await world.socket(other)]
    await signFor(AMPLE, socket, person)
    await socket.call('logout', 'auth', {})
    await world.settled()
    await signFor(AMPLE, witness, other)
    await witness.event('token_expired')
    assert.ok(!(await socket.drained()).includes('token_expired'))
    assertError(await socket.refusal('find', 'tasks'), { code: 'NOT_AUTHENTICATED' })
  })
})

describe('the timer of all tokens', () => {
  it('is one, whatever the number, and takes back what is set anew or deleted', async () => {
    const told: string[] = []
    let done: () => void = () => {}
    const finished = new Promise<void>((resolve) => (done = resolve))
    const expiry = new Expiry<{ name: string }>({
      warning: 10,
      onWarning: ({ name }, left) => told.push(`${name} has ${left}`),
      onEnd: ({ name }) => (told.push(`${name} ends`), name === 'last' && done())
    })
    const [now, items] = [Math.floor(Date.now() / 1000), Array.from({ length: 20_000 }, (_, n) => ({ name: String(n) }))] // prettier-ignore
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    for (const item of items) expiry.set(item, now + 900)
    for (const item of items) expiry.set(item, now)
    for (const item of items) expiry.delete(item)
    expiry.set({ name: 'last' }, now + 1)
    assert.ok(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length <= before + 1)
    await finished
    assert.deepEqual(told, ['last ends'])
    expiry.stop()
  })
})
