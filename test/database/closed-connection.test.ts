import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { PipelinedConnection } from '../../packages/rachis/src/database/pipelined-connection'
import { SessionClient } from '../../packages/rachis/src/database/session-client'
import { createDatabase, dropDatabase } from '../helpers/database'

/** Milliseconds that the server gives a statement: far more than this test takes. */
const LIMIT = 60_000
const session = {
  isPooled: false,
  prepares: true,
  begin: 'select 1',
  limits: { alone: LIMIT, within: LIMIT }
}
const ONE = { text: 'select 1 as one', values: [], effect: 'read' } as const

/** Whether it is collected within five seconds; nothing tells when that happens. */
const isCollected = async (kept: WeakRef<object>): Promise<boolean> => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (const begun = performance.now(); performance.now() - begun < 5000; await setTimeout(20)) {
    collect()
    if (!kept.deref()) return true
  }

  return false
}

describe('a connection that is closed', function () {
  this.timeout(20_000)
  let connectionString: string
  before(async () => (connectionString = await createDatabase()))
  after(() => dropDatabase(connectionString))

  it('is let go, and not kept until an answer would be due', async () => {
    const used = async () => {
      const client = new SessionClient({ connectionString, session })
      await client.connect()
      await client.query('select 1')
      await client.queryNamed('one', ONE)
      await client.end()

      return new WeakRef(client)
    }
    assert.ok(await isCollected(await used()))
  })

  it('is let go as well where statements are sent to it one behind the other', async () => {
    const used = async () => {
      const connection = new PipelinedConnection({ connectionString, session }, LIMIT)
      await connection.open()
      await connection.send('one', ONE)
      connection.retire()

      return new WeakRef(connection)
    }
    assert.ok(await isCollected(await used()))
  })

  it('is let go where it was cut, and a statement was sent behind that', async () => {
    const used = async () => {
      const client = new SessionClient({ connectionString, session })
      await client.connect()
      const ended = new Promise((resolve) => client.on('error', () => undefined).once('end', resolve))
      await assert.rejects(client.query('select pg_terminate_backend(pg_backend_pid())'))
      await ended
      await assert.rejects(client.query('select 1'))

      return new WeakRef(client)
    }
    assert.ok(await isCollected(await used()))
  })
})
