import assert from 'node:assert/strict'
import { readTexts } from '../../packages/rachis/src/settings/environment'
import type { Settings } from '../../packages/rachis/src/declare/declarations'
import type { Partly } from '../../packages/rachis/src/settings/merge'
import { VARIABLES, configuredApp, settingsSchema, validateSettings } from '../helpers/settings'

describe('the settings', () => {
  /** What the texts of the environment become, by the name of the setting. */
  const read = (texts: object) => readTexts(settingsSchema, texts) as Partly<Settings>
  const problem = (over: object): string => {
    const settings = { ...(configuredApp().settings as object), ...over }
    try {
      validateSettings(settings as Settings, 'test', VARIABLES)
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }

  it('read booleans, numbers and lists as people write them', () => {
    for (const text of ['true', 'YES', '1', ' True '])
      assert.deepEqual(read({ seed_demo: text }), { seed_demo: true })
    for (const text of ['false', 'No', '0']) assert.deepEqual(read({ seed_demo: text }), { seed_demo: false })
    assert.deepEqual(read({ port: '42', database: { statement_timeout: '1.5' } }), {
      port: 42,
      database: { statement_timeout: 1.5 }
    })
    assert.deepEqual(read({ auth: { previous_keys: '["a"]', signing_key: '1' } }), {
      auth: { previous_keys: ['a'], signing_key: '1' }
    })
  })

  const { auth, database, mail } = configuredApp().settings as unknown as Settings
  const refused: [what: object, said: RegExp][] = [
    [read({ seed_demo: 'maybe' }), /seed_demo must be true or false .*but is "maybe"; set SEED_DEMO$/],
    [read({ port: 'abc' }), /port must be a whole number, but is "abc"; set PORT$/],
    [read({ port: '0x10' }), /port must be a whole number, but is "0x10"/],
    [read({ port: '99999' }), /port must be <= 65535, but is 99999; set PORT$/],
    [{ database: { ...database, ...read({ statement_timeout: 'x' }) } }, /statement_timeout must be a whole number, but is "x"; set STATEMENT_TIMEOUT$/],
    [{ auth: { ...auth, previous_keys: '{sesam' } }, /auth.previous_keys must be a list; .*set AUTH_PREVIOUS_KEYS$/],
    [{ auth: { ...auth, previous_keys: [1] } }, /auth.previous_keys.0 must be string; set AUTH_PREVIOUS_KEYS$/],
    [{ mail: { ...mail, smtp_url: 'foo' } }, /mail.smtp_url must match .*smtps.*set SMTP_URL$/],
    [{ mail: { ...mail, smtp_url: 'smtp://a:sesam#c@mail' } }, /mail.smtp_url is not a URL; .*percent-encoded. Set SMTP_URL$/],
    [{ public_url: 'shop.example' }, /public_url must be a URL .*set PUBLIC_URL$/],
    [{ admin: { email: 'notanemail', password: 'four random words' } }, /admin.email is not an email address: notanemail; set ADMIN_EMAIL/],
    [{ admin: { email: 'a@example.com', password: '' } }, /admin.password is missing; set ADMIN_PASSWORD/],
    [{ admin: { email: '', password: 'sesam opens it' } }, /admin.email is missing; set ADMIN_EMAIL/],
    [{ admin: { email: 'a@example.com', password: 'sesam' } }, /admin.password must have at least 8 characters; set ADMIN_PASSWORD/]
  ] // prettier-ignore
  for (const [what, said] of refused)
    it(`are refused with one line that names what to change: ${said.source.slice(0, 50)}`, () => {
      assert.match(problem(what), said)
      assert.equal(problem(what).split('\n').length, 1)
      assert.doesNotMatch(problem(what), /sesam/)
    })

  it('are taken as they stand in config/, and an IPv6 address also in brackets', () => {
    assert.equal(problem({}), '')
    assert.equal(configuredApp({ host: '[::1]' }).get('host'), '::1')
  })
})
