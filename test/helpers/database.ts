import path from 'path'
import { takeCoverage } from 'v8'
import { Client } from 'pg'
import type { ClientConfig } from 'pg'
import knexFactory from 'knex'
import type { EmbeddedServer } from '../../packages/rachis/src/database/embedded/embedded'
import { startEmbedded } from '../../packages/rachis/src/database/embedded/embedded'
import { accounts } from '../../packages/rachis/src/accounts'
import { migrate } from '../../packages/rachis/src/database/migrate'
import { ENGINE_MIGRATIONS } from '../../packages/rachis/src/database/migration-source'

// Each run has a template of its own, so that two runs on one server do not meet. The process that sets everything up tells
// its workers, which run the files side by side, by the environment.
const TEMPLATE = (process.env.TEST_TEMPLATE ??= `rachis_test_${process.pid}`)
let embedded: EmbeddedServer | undefined
let count = 0

const urlOf = (database: string): string => {
  if (!process.env.TEST_SERVER)
    return Object.assign(new URL(process.env.DATABASE_URL!), { pathname: `/${database}` }).toString()
  const { host, port, user } = JSON.parse(process.env.TEST_SERVER) as EmbeddedServer['connection']

  return `postgresql://${user}@localhost/${database}?${new URLSearchParams({ host, port: String(port) }).toString()}`
}

export const onServer = async <T>(
  work: (client: Client) => Promise<T>,
  config: ClientConfig = { connectionString: urlOf('postgres') }
): Promise<T> => {
  const client = new Client(config)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** A new database with every table, cloned in milliseconds; or from another template, such as the empty one. */
export const createDatabase = async (template = TEMPLATE): Promise<string> => {
  const name = `${TEMPLATE}_${process.pid}_${++count}`
  await onServer((client) => client.query(`create database ${name} template ${template}`))

  return urlOf(name)
}

export const dropDatabase = (url: string) =>
  onServer((client) => client.query(`drop database if exists ${new URL(url).pathname.slice(1)} with (force)`))

/** The folders of the migrations as they are shipped: of the engine, of accounts and of the application. */
export const MIGRATIONS = [ENGINE_MIGRATIONS, accounts.migrations, path.join(__dirname, '../../migrations')]
const FOLDER = process.env.DATA_DIR ?? path.join(__dirname, '../../.data/test')

/** Mocha ends its workers before they could write what they covered. */
export const mochaHooks = {
  afterAll() {
    if (process.env.NODE_V8_COVERAGE) takeCoverage()
  }
}

export const mochaGlobalSetup = async () => {
  // Nothing that tests write has to outlive them.
  if (!process.env.DATABASE_URL) {
    embedded = await startEmbedded(FOLDER, { settings: { fsync: 'off', synchronous_commit: 'off' } })
    process.env.TEST_SERVER = JSON.stringify(embedded.connection)
  }
  await onServer((client) => client.query(`create database ${TEMPLATE}`))
  const knex = knexFactory({ client: 'pg', connection: urlOf(TEMPLATE) })
  await migrate(knex, MIGRATIONS).finally(() => knex.destroy())
}

export const mochaGlobalTeardown = async () => {
  await onServer(async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      'select datname from pg_database where datname like $1',
      [`${TEMPLATE}%`]
    )
    for (const { datname } of rows) await client.query(`drop database if exists ${datname} with (force)`)
  })
  await embedded?.stop()
}
