import path from 'path'
import knexFactory from 'knex'
import { Client } from 'pg'
import { startEmbedded } from '../../packages/rachis/src/database/embedded/embedded'
import type { EmbeddedServer } from '../../packages/rachis/src/database/embedded/embedded'
import { migrate } from '../../packages/rachis/src/database/migrate'
import { migrationFolders } from '../../packages/rachis/src/module-parts'
import { modules } from '../../src/modules'
import { scale } from '../../src/services/demo/scale'
import { LARGE, PLAIN, SEED } from './rows'

const MIGRATIONS = migrationFolders(modules, path.join(__dirname, '../../migrations'))
const PREFIX = `bench_${process.pid}`

/** The databases of one run: a template with the rows, and a clone of it for each server that is measured. */
export class Databases {
  private count = 0
  private many?: Promise<string>
  private constructor(private readonly embedded?: EmbeddedServer) {}

  /** On the server of DATABASE_URL, else on the embedded one. */
  static async open(): Promise<Databases> {
    const folder = path.join(__dirname, '../../.data/bench')
    const databases = new Databases(process.env.DATABASE_URL ? undefined : await startEmbedded(folder))
    await databases.prepare()

    return databases
  }

  /** @param plain without the change feed and its triggers, as an application without Rachis has its tables */
  async create(plain: boolean): Promise<string> {
    const name = `${PREFIX}_${++this.count}`
    await this.onServer(`create database ${name} template ${PREFIX}_${plain ? 'plain' : 'rows'}`)

    return this.urlOf(name)
  }

  /** One with a million products and two years of orders, made at the first use. It takes minutes. */
  large(): Promise<string> {
    this.many ??= this.create(false).then(async (url) => {
      const knex = knexFactory({ client: 'pg', connection: url })
      await scale(knex, 1_000_000).finally(() => knex.destroy())
      await run(url, LARGE)
      return url
    })

    return this.many
  }

  /** One with so many products more, of which one in twenty is not for anybody. */
  async products(count: number): Promise<string> {
    const url = await this.create(false)
    const knex = knexFactory({ client: 'pg', connection: url })
    await scale(knex, count).finally(() => knex.destroy())
    await run(url, ['vacuum (freeze, analyze) products'])

    return url
  }

  drop(url: string) {
    return this.onServer(`drop database if exists ${new URL(url).pathname.slice(1)} with (force)`)
  }

  async close() {
    const names = Array.from({ length: this.count }, (_, index) => `${PREFIX}_${index + 1}`)
    for (const name of [...names, `${PREFIX}_plain`, `${PREFIX}_rows`])
      await this.onServer(`drop database if exists ${name} with (force)`)
    await this.embedded?.stop()
  }

  private async prepare() {
    const rows = this.urlOf(`${PREFIX}_rows`)
    await this.onServer(`create database ${PREFIX}_rows`)
    const knex = knexFactory({ client: 'pg', connection: rows })
    await migrate(knex, MIGRATIONS).finally(() => knex.destroy())
    await run(rows, SEED)
    await this.onServer(`create database ${PREFIX}_plain template ${PREFIX}_rows`)
    await run(this.urlOf(`${PREFIX}_plain`), PLAIN)
  }

  private urlOf(database: string): string {
    if (!this.embedded)
      return Object.assign(new URL(process.env.DATABASE_URL!), { pathname: `/${database}` }).toString()
    const { host, port, user } = this.embedded.connection
    const parameters = new URLSearchParams({ host, port: String(port) })

    return `postgresql://${user}@localhost/${database}?${parameters.toString()}`
  }

  private onServer(statement: string) {
    return run(this.embedded ? this.urlOf('postgres') : process.env.DATABASE_URL!, [statement])
  }
}

const run = async (connectionString: string, statements: readonly string[]) => {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
