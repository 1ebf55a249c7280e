import assert from 'node:assert/strict'
import { Client } from 'pg'
import { Listener } from '../../packages/rachis/src/feed/listener'
import { createDatabase, dropDatabase, onServer } from '../helpers/database'

/** Is let in, and is then refused `listen`, as it is by a standby: its transaction has failed. */
class Refused extends Client {
  override async connect() {
    const client = await super.connect()
    await this.query('begin')
    await this.query('select 1 / 0').catch(() => undefined)

    return client
  }
}

describe('the connection that listens', () => {
  let url: string
  before(async () => void (url = await createDatabase()))
  after(() => dropDatabase(url))

  it('is closed where the server lets it in and refuses to have it listen', async () => {
    const open = async () => new Refused({ connectionString: url, application_name: 'refused' })
    const listener = new Listener(open, () => undefined, 2000)
    const opened = () =>
      onServer(async (client) => (await client.query(`select from pg_stat_activity where application_name = 'refused'`)).rows.length, { connectionString: url }) // prettier-ignore
    for (let attempt = 0; attempt < 3; attempt++) await assert.rejects(listener.start(), { code: '25P02' })
    await listener.stop()
    // The server notes an end a moment later.
    while ((await opened()) > 0);
  })
})
