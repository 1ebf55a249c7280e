import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Answer, Json, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { workOf } from '../helpers/work'

/** Whether an address has an account, told by nothing that a stranger sees. */
describe('who asks of addresses', () => {
  let world: World
  let kinds: Record<'unknown' | 'wrong' | 'off' | 'elsewhere', string>
  before(async () => {
    world = await startWorld({ settings: { auth: { bcrypt_cost: 9 } } })
    const [known, off, elsewhere] = await Promise.all(['known', 'off', 'elsewhere'].map((name) => world.register(name))) // prettier-ignore
    await world.sql('update users set is_active = false where id = $1', [off!.id])
    // Who only ever signs in by a provider has no password that anything matches.
    await world.sql(`update users set password = '!' where id = $1`, [elsewhere!.id])
    kinds = {
      unknown: 'unknown@example.com',
      wrong: known!.email!,
      off: off!.email!,
      elsewhere: elsewhere!.email!
    }
  })
  after(() => world?.close())

  const post = (path: string, body: Json) => world.rest(anonymous, 'POST', path, { body })
  const passwordFor = (kind: string) => (kind === 'off' ? PASSWORD : 'another password')
  const shown = ({ status, headers, body }: Answer) => {
    const plain = JSON.stringify(body)
      .replace(/"trace_id":"[^"]+"/g, '')
      .replace(/\b\d{4}\b/g, 'seconds')
    const names = [...headers].filter(([name]) => !['date', 'x-request-id', 'retry-after'].includes(name))
    return { status, plain, headers: Object.fromEntries(names) }
  }
  const doors: Record<string, (email: string, password: string) => Promise<Answer>> = {
    '/auth/login': (email, password) => post('/auth/login', { email, password }),
    '/authentication': (email, password) => post('/authentication', { strategy: 'local', email, password }),
    '/auth/forgot-password': (email) => post('/auth/forgot-password', { email }),
    '/auth/resend-verification': (email) => post('/auth/resend-verification', { email })
  }

  for (const [path, ask] of Object.entries(doors)) {
    it(`is answered alike by ${path}`, async () => {
      const answers = await Promise.all(
        Object.entries(kinds).map(([kind, email]) => ask(email, passwordFor(kind)))
      )
      for (const answer of answers) assert.deepEqual(shown(answer), shown(answers[0]!))
    })
  }

  it('is answered alike on sockets', async () => {
    const socket = await world.socket()
    const calls: ((email: string, password: string) => Promise<Json>)[] = [
      (email, password) => socket.refusal('login', 'auth', { email, password }),
      (email, password) => socket.refusal('create', 'authentication', { strategy: 'local', email, password }),
      (email) => socket.call('forgot_password', 'auth', { email }),
      (email) => socket.call('resend_verification', 'auth', { email })
    ]
    for (const call of calls) {
      const answers: string[] = []
      for (const [kind, email] of Object.entries(kinds))
        answers.push(JSON.stringify(await call(email, passwordFor(kind))).replace(/"trace_id":"[^"]+"/g, ''))
      assert.equal(new Set(answers).size, 1, answers.join('\n'))
    }
  })

  it('is answered in the same time by a log-in, since it takes the same work', async () => {
    // The mails that were asked for above are sent first.
    await world.app.get('mailer').idle()
    const works: Record<string, string[]> = {}
    for (const [kind, email] of Object.entries(kinds))
      works[kind] = await workOf(() => doors['/auth/login']!(email, passwordFor(kind)))
    for (const work of Object.values(works)) assert.deepEqual(work, works.unknown)
    assert.equal(works.unknown![0], 'compare at 9')
  })

  it('is answered alike, and in the same time, where the address is locked', async () => {
    const strict = await startWorld({ database: world.database, settings: { secret_key: `locked-${randomUUID()}`, auth: { bcrypt_cost: 9, limits: { login_email: 1 } } } }) // prettier-ignore
    const ask = (email: string, password = PASSWORD): Promise<Answer> =>
      strict.rest(anonymous, 'POST', '/auth/login', { body: { email, password } })
    const emails = [`a${kinds.unknown}`, kinds.wrong, kinds.off, kinds.elsewhere]
    for (const email of [...emails, ...emails]) await ask(email, 'another')
    const answers: Answer[] = []
    const works: string[][] = []
    for (const email of emails) works.push(await workOf(async () => answers.push(await ask(email))))
    await strict.close(true)
    assert.equal(answers[0]!.status, 429)
    for (const answer of answers) assert.deepEqual(shown(answer), shown(answers[0]!))
    for (const work of works) assert.deepEqual(work, works[0])
  })
})
