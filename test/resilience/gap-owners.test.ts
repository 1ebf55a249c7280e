import assert from 'node:assert/strict'
import { Client } from 'pg'
import { openWriters } from '../../packages/rachis/src/feed/writers'
import { startWorld } from '../helpers/world'
import { OwnServer } from './own-server'
import { connectionsTo, feedOf } from './read-feed'
import { noReplication, Replicated } from './replicated'

const CATEGORY = (name: string) => `insert into categories (name, slug) values ('${name}', '${name}')`

describe('who may own a place that is missing in the feed', function () {
  this.timeout(60_000)

  describe('where the server starts anew', () => {
    let own: OwnServer
    let client: Client
    let connections: ReturnType<typeof connectionsTo>
    const connect = async () => {
      connections = connectionsTo(own.url)
      client = new Client({ connectionString: own.url })
      await client.connect()
    }
    const disconnect = async () => {
      await client.end()
      await connections.close()
    }
    before(async () => {
      own = await OwnServer.start({ max_prepared_transactions: 5 })
      await (await startWorld({ database: own.url })).close(true)
      await connect()
    })
    after(async () => {
      await disconnect()
      await own.remove()
    })

    it('is a prepared transaction as before', async () => {
      const { feed, delivered, read } = feedOf({ query: (query) => connections.query(query) })
      const slugs = () => delivered.map(({ after }) => after!.slug)
      const { rows: [last] } = await client.query('select coalesce(max(id), 0)::int as id from changes') // prettier-ignore
      feed.cursor = last.id
      await client.query(`begin; ${CATEGORY('prepared')}; prepare transaction 'one'`)
      await client.query(CATEGORY('later'))
      for (let look = 0; look < 3; look++) await read()
      await disconnect()
      await own.restart()
      await connect()
      for (let look = 0; look < 3; look++) await read()
      assert.deepEqual(slugs(), [])
      await client.query(`commit prepared 'one'`)
      for (let look = 0; look < 2; look++) await read()
      assert.deepEqual(slugs(), ['prepared', 'later'])
    })
  })

  it('is not asked of a standby, which does not know who writes', async function () {
    if (noReplication) {
      console.log(`      skipped: ${noReplication}`)
      return this.skip()
    }
    const servers = await Replicated.start()
    const connections = [servers.primary, servers.replica].map(({ url }) => connectionsTo(url))
    const [primary, standby] = connections
    try {
      await servers.primary.sql('create table changes (id int)')
      assert.deepEqual(await openWriters(primary!), [])
      while ((await servers.replica.sql(`select to_regclass('changes') as found`))[0]!.found === null);
      await assert.rejects(openWriters(standby!), /at a standby/)
    } finally {
      for (const one of connections) await one.close()
      servers.remove()
    }
  })
})
