import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fromEnvironment, strayVariables } from '../../packages/rachis/src/settings/environment'
import { OwnServer } from '../resilience/own-server'
import { connect } from '../../packages/rachis/src/database/connection'
import { DEFAULTS, validateSettings, VARIABLES } from '../helpers/settings'
import type { Settings } from '../../packages/rachis/src/declare/declarations'

const declared = [{ secret_key: 'SECRET_KEY', http: { port: 'PORT' } }]
const config = path.join(__dirname, '../../config')

describe('secrets', () => {
  let folder: string
  before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rachis-secrets-'))))
  after(() => fs.rmSync(folder, { recursive: true, force: true }))
  const fileOf = (text: string) => {
    const file = path.join(folder, 'secret')
    fs.writeFileSync(file, text)
    return file
  }

  it('stand in files, without the line end that editors put there', () => {
    const environment = { SECRET_KEY_FILE: fileOf(' a secret \n'), PORT: '80', SEED_DEMO_FILE: '' }
    assert.deepEqual(fromEnvironment(declared, config, environment), { secret_key: ' a secret ', http: { port: '80' } })
    // Also one that config/custom-environment-variables.json names.
    assert.deepEqual(fromEnvironment(declared, config, { SEED_DEMO_FILE: fileOf('false\n') }), { seed_demo: 'false' })
  }) // prettier-ignore

  it('stop the start where they cannot be read, or are said twice, without what they hold', () => {
    const both = { SECRET_KEY: 'of-the-variable', SECRET_KEY_FILE: fileOf('of-the-file') }
    assert.throws(() => fromEnvironment(declared, config, both), ({ message }: Error) => {
      assert.match(message, /SECRET_KEY and SECRET_KEY_FILE are both set/)
      return !/of-the-(variable|file)/.test(message)
    })
    const missing = { SECRET_KEY_FILE: path.join(folder, 'missing') }
    assert.throws(() => fromEnvironment(declared, config, missing), /SECRET_KEY_FILE names a file that cannot be read \(ENOENT\)/)
  }) // prettier-ignore

  it('of the database are in one place', () => {
    const problem = (database: object): string => {
      try {
        validateSettings({ ...DEFAULTS, database: { ...(DEFAULTS as Settings).database, ...database } } as Settings)
        return ''
      } catch (error) {
        return (error as Error).message
      }
    } // prettier-ignore
    const url = 'postgres://app@db/shop'
    assert.equal(problem({ url, password_command: 'x' }), '')
    assert.match(problem({ url, password_command: 'x', password_file: 'y' }), /cannot both be asked/)
    assert.match(problem({ password_file: 'y' }), /set DATABASE_URL/)
    assert.match(problem({ url: 'postgres://app:secret@db/shop', password_file: 'y' }), /take it out/)
  })
})

describe('variables of the environment', () => {
  const stray = (environment: Record<string, string>) =>
    strayVariables(['DATABASE_', 'AUTH_'], Object.values(VARIABLES), environment)

  it('that no setting reads are told, with the one that was meant', () => {
    assert.deepEqual(stray({ DATABASE_POOLMAX: '5', AUTH_SOMETHING: 'x', PATH: '/bin' }), [
      { name: 'DATABASE_POOLMAX', meant: 'DATABASE_POOL_MAX' },
      { name: 'AUTH_SOMETHING', meant: undefined }
    ])
    assert.deepEqual(stray({ DATABASE_URL: 'x', DATABASE_URL_FILE: 'x', AUTH_COOKIES: 'true' }), [])
  })
})

describe('a password that is asked for with each new connection', () => {
  let own: OwnServer
  let folder: string
  before(async function () {
    if (process.platform === 'win32') this.skip()
    own = await OwnServer.start()
    folder = own.folder
    const admin = connect({ ...(DEFAULTS as Settings).database, url: own.url })
    await admin.knex.raw(`create role app login password 'first'`)
    await admin.knex.raw('grant all on schema public to app')
    const [{ file }] = (await admin.knex.raw(`select setting as file from pg_settings where name = 'hba_file'`)).rows as [{ file: string }] // prettier-ignore
    fs.writeFileSync(file, 'local all postgres trust\nlocal all app scram-sha-256\n')
    await admin.knex.raw('select pg_reload_conf()')
    await admin.close()
  })
  after(() => own?.remove())

  const change = async (password: string) => {
    const admin = connect({ ...(DEFAULTS as Settings).database, url: own.url })
    await admin.knex.raw(`alter role app password '${password}'`)
    await admin.knex.raw(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'`)
    await admin.close()
  }
  const url = () => own.url.replace('postgres@', 'app@')
  const who = async ({ knex }: ReturnType<typeof connect>) =>
    ((await knex.raw('select current_user as name')).rows as [{ name: string }])[0].name
  /** A connection that the server has just ended is met once. */
  const eventually = (connection: ReturnType<typeof connect>) => who(connection).catch(() => who(connection))

  it('stands in a file that is written anew', async () => {
    const file = path.join(folder, 'password')
    fs.writeFileSync(file, 'first\n')
    const connection = connect({ ...(DEFAULTS as Settings).database, url: url(), password_file: file })
    assert.equal(await who(connection), 'app')
    await change('second')
    fs.writeFileSync(file, 'second\n')
    assert.equal(await eventually(connection), 'app')
    await connection.close()
  })

  it('is what a command prints, which is asked once for connections that are opened together', async () => {
    const asked = path.join(folder, 'asked')
    const password_command = `echo asked >> ${asked}; cat ${path.join(folder, 'password')}`
    const connection = connect({ ...(DEFAULTS as Settings).database, url: url(), password_command })
    assert.deepEqual(await Promise.all([1, 2, 3].map(() => who(connection))), ['app', 'app', 'app'])
    const count = () => fs.readFileSync(asked, 'utf8').trim().split('\n').length
    assert.ok(count() <= 3, String(count()))
    await change('third')
    fs.writeFileSync(path.join(folder, 'password'), 'third')
    assert.equal(await eventually(connection), 'app')
    await connection.close()
  })

  it('that cannot be had is a database that cannot be reached, and is told to nobody', async () => {
    const connection = connect({ ...(DEFAULTS as Settings).database, url: url(), password_command: 'echo the-secret; exit 3' })
    await assert.rejects(who(connection), ({ message }: Error) => /ended with 3/.test(message) && !message.includes('the-secret'))
    await connection.close()
  }) // prettier-ignore
})
