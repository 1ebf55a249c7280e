import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Settings } from '../../packages/rachis/src/declare/declarations'
import type { Partly } from '../../packages/rachis/src/settings/merge'
import { DEMO_LOGINS } from '../../src/services/demo'
import type { World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { Server } from './server'
import { configuredApp, validateSettings } from '../helpers/settings'

const SECRET = randomBytes(32).toString('base64')
const PUBLIC = 'https://shop.example'

describe('production', () => {
  const problems = (settings: Partly<Settings>): string => {
    const app = configuredApp({ secret_key: SECRET, seed_demo: false, allowed_origins: [], ...settings })
    const names = Object.keys(app.settings) as (keyof Settings)[]
    const all = Object.fromEntries(names.map((name) => [name, app.get(name)])) as unknown as Settings
    try {
      validateSettings(all, 'production')
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }

  const refused: [what: string, settings: Partly<Settings>, said: RegExp][] = [
    ['the development secret', { secret_key: 'development-only-secret-do-not-use-in-production' }, /secret_key is the development default/],
    ['a short secret', { secret_key: SECRET.slice(0, 31) }, /secret_key is too short/],
    ['no secret', { secret_key: '' }, /secret_key is too short/],
    ['a secret of one letter', { secret_key: 'x'.repeat(64) }, /secret_key repeats/],
    ['a short previous key', { auth: { previous_keys: ['x'] } }, /previous_keys/],
    ['every origin', { allowed_origins: ['https://a.example', '*'] }, /allowed_origins allows every origin/],
    ['demonstration logins', { seed_demo: true }, /seed_demo/],
    ['a short password of the administrator', { admin: { email: 'a@example.com', password: 'elevenchars' } }, /admin.password is too short/],
    ['a default password of the administrator', { admin: { email: 'a@example.com', password: 'Administrator123!' } }, /everybody tries/],
    ['their email as their password', { admin: { email: 'admin@example.com', password: 'admin@example.com' } }, /everybody tries/],
    ['cookies without https', { auth: { cookies: { enabled: true } }, public_url: 'http://shop.example' }, /cookies.enabled needs https/],
    ['cookies of no known address', { auth: { cookies: { enabled: true } } }, /cookies.enabled needs https/],
    ['links of mails without https', { mail: { smtp_url: 'smtp://localhost' }, public_url: 'http://shop.example' }, /mails would link/],
    ['addresses to confirm, but no mails', { auth: { require_verified_email: true } }, /needs mails/]
  ] // prettier-ignore
  for (const [what, settings, said] of refused) {
    it(`refuses ${what}, and names the setting`, () => assert.match(problems(settings), said))
  }

  const taken: [what: string, settings: Partly<Settings>][] = [
    ['a random secret alone', {}],
    ['an administrator with a good password', { admin: { email: 'a@example.com', password: 'four random words here' } }],
    ['cookies and mails with https', { auth: { cookies: { enabled: true }, require_verified_email: true }, mail: { smtp_url: 'smtps://mail.example' }, public_url: PUBLIC }]
  ] // prettier-ignore
  for (const [what, settings] of taken) it(`takes ${what}`, () => assert.equal(problems(settings), ''))

  it('tells of everything at once, and repeats no secret', () => {
    const said = problems({ secret_key: 'sesam7', seed_demo: true, allowed_origins: ['*'], admin: { email: 'a@example.com', password: 'sesam789' } }) // prettier-ignore
    assert.equal(said.split('\n').length, 5)
    assert.doesNotMatch(said, /sesam7/)
  })

  describe('npm start', function () {
    this.timeout(180_000)
    let world: World
    before(async () => {
      world = await startWorld({ settings: { auth: { bcrypt_cost: 4 } } })
      await world.app.service('users').create(DEMO_LOGINS.map((login) => ({ ...login, is_verified: true })))
    })
    after(() => world?.close())
    const ended = async (env: NodeJS.ProcessEnv): Promise<string> => {
      const server = Server.spawn({
        NODE_ENV: 'production',
        DATABASE_URL: world.database,
        HOST: '127.0.0.1',
        ...env
      })
      assert.equal(await server.end(), 1, server.output)

      return server.output
    }

    it('refuses what the configuration refuses, and a database with logins that everybody knows', async () => {
      const [wrong, known] = await Promise.all([
        ended({ SEED_DEMO: 'true', ALLOWED_ORIGINS: '*' }),
        ended({ SECRET_KEY: SECRET })
      ])
      for (const said of [/secret_key is the development default/, /seed_demo/, /allowed_origins/])
        assert.match(wrong, said)
      assert.match(known, /demonstration logins.*admin@example.com, manager@example.com, user@example.com/)
      assert.doesNotMatch(known, /rachis-demo|ready/)
    })

    it('starts once they are gone', async () => {
      await world.sql(`update users set is_active = false where email = 'manager@example.com'`)
      await world.sql(`update users set password = '!' where email = 'user@example.com'`)
      const [admin] = await world.sql(`delete from users where email = 'admin@example.com' returning id`)
      assert.ok(admin)
      const env = { NODE_ENV: 'production', DATABASE_URL: world.database, HOST: '127.0.0.1', SECRET_KEY: SECRET, ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'four random words here', LOG_LEVEL: 'info' } // prettier-ignore
      const server = await Server.start(env)
      const login = (email: string, password: string) =>
        server.world().rest(anonymous, 'POST', '/auth/login', { body: { email, password } })
      assert.equal((await login('root@example.com', env.ADMIN_PASSWORD)).body.user.is_verified, true)
      const { headers } = await server.world().rest(anonymous, 'GET', '/products')
      assert.equal(headers.get('server-timing'), null, 'stages are told where that is switched on only')
      for (const { email, password } of DEMO_LOGINS) assert.equal((await login(email, password)).status, 401)
      assert.equal(await server.end('SIGTERM'), 0, server.output)
      assert.doesNotMatch(server.output, /rachis-demo|four random words/)
      const logged = server.output.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as { security?: Record<string, unknown> }) // prettier-ignore
      const told = logged.flatMap(({ security }) => (security ? [security] : []))
      assert.deepEqual(told.map(({ event }) => event), ['login_succeeded', 'login_failed', 'login_failed', 'login_failed']) // prettier-ignore
      for (const { trace_id, address } of told) assert.ok(trace_id && address === '127.0.0.1')
    })
  })
})
