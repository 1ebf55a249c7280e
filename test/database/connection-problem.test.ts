import assert from 'node:assert/strict'
import { connectFromSettings } from '../../packages/rachis/src/cli/database'
import { isUnreachable } from '../../packages/rachis/src/errors/errors'
import { createDatabase, dropDatabase } from '../helpers/database'

/** What the start and `npm run migrate` end with; `npm start` prints it as one line (test/resilience/start.test.ts). */
const failureOf = async (database: { url: string; direct_url?: string }): Promise<Error> => {
  const connection = connectFromSettings({ database })
  const work = connection.withMigrator(async (knex) => knex.raw('select 1'))
  const failure = await work.then(() => undefined).catch((error: Error) => error)
  await connection.close()
  assert.ok(failure, 'nothing failed')

  return failure
}

describe('a database that cannot be used is told with its place and the variable to change', () => {
  const NOBODY = 'postgres://app:hunter2@127.0.0.1:1/shop'
  let url: string
  before(async () => (url = await createDatabase()))
  after(() => dropDatabase(url))
  const rewritten = (parts: Partial<URL>) => Object.assign(new URL(url), { password: 'hunter2', ...parts }).toString() // prettier-ignore

  const rows: [string, () => { url: string; direct_url?: string }, RegExp][] = [
    [
      'where nobody listens',
      () => ({ url: NOBODY }),
      /^The database at 127\.0\.0\.1:1 cannot be used \(connect ECONNREFUSED .*\): start PostgreSQL there, or set DATABASE_URL/
    ],
    [
      'on IPv6',
      () => ({ url: 'postgres://app:hunter2@[::1]:1/shop' }),
      /^The database at \[::1\]:1 cannot be used .*DATABASE_URL/
    ],
    [
      'on a socket that is not there',
      () => ({ url: 'postgres://app:hunter2@/shop?host=/nowhere&port=7' }),
      /^The database at \/nowhere\/\.s\.PGSQL\.7 cannot be used \(connect ENOENT.*DATABASE_URL/
    ],
    [
      'with a name that has no address',
      () => ({ url: 'postgres://app:hunter2@database.invalid/shop' }),
      /^The database at database\.invalid:5432 cannot be used \(getaddrinfo .*DATABASE_URL/
    ],
    [
      'with a database that does not exist',
      () => ({ url: rewritten({ pathname: '/nosuch' }) }),
      /cannot be used \(database "nosuch" does not exist\): correct the user, password and database in DATABASE_URL$/
    ],
    [
      'with a role that does not exist',
      () => ({ url: rewritten({ username: 'nosuch' }) }),
      /cannot be used \(.*"nosuch".*\): correct the user, password and database in DATABASE_URL$/
    ],
    [
      'past the pooler',
      () => ({ url, direct_url: NOBODY }),
      /^The database at 127\.0\.0\.1:1 cannot be used .*set DATABASE_DIRECT_URL/
    ]
  ]
  for (const [where, database, sentence] of rows)
    it(where, async () => {
      const failure = await failureOf(database())
      assert.match(failure.message, sentence)
      assert.doesNotMatch(failure.message, /hunter2/)
      assert.ok(isUnreachable(failure), 'a call would be answered 503')
    })

  it('with an address that cannot be read', () => {
    const open = () => connectFromSettings({ database: { url: 'postgres://app:hunter2#x@db/shop' } })
    assert.throws(open, ({ message }: Error) => {
      assert.match(message, /^DATABASE_URL is no address that can be read: percent-encode .* # as %23$/)
      return !message.includes('hunter2')
    })
  })
})
