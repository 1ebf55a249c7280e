import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Client } from 'pg'
import type { OwnConnections } from '../../packages/rachis/src/feed/connections'
import type { SessionClient } from '../../packages/rachis/src/database/session-client'
import { createDatabase, dropDatabase } from '../helpers/database'
import { connectionsTo, feedOf } from './read-feed'
import { Transactions } from './transactions'

const idsOf = (changes: readonly { readonly id: number }[]) => changes.map(({ id }) => id)

/** Of a client's transaction. */
type State = 'open' | 'prepared' | undefined
const KINDS = ['write', 'touch', 'commit', 'rollback', 'read'] as const
type Step<More = never> = readonly [kind: (typeof KINDS)[number] | More, transaction: number, row: number]
const stepOf = <More extends string = never>(...more: More[]): fc.Arbitrary<Step<More>> =>
  fc.tuple(
    fc.constantFrom(...KINDS, 'write', 'write', 'commit', 'read', ...more),
    fc.nat(3),
    fc.nat(2)
  ) as never

describe('the order of the feed', () => {
  describe('among simulated transactions', () => {
    const play = async (server: Transactions, steps: readonly Step<'crash'>[]) => {
      const { delivered, read } = feedOf(server)
      for (const [kind, transaction, row] of steps) {
        if (kind === 'read') await read()
        else server[kind](transaction, row)
      }

      return { delivered, read }
    }
    /** Ends what is still running; then a few looks must be enough. */
    const finish = async (server: Transactions, read: () => Promise<unknown>) => {
      for (const transaction of [0, 1, 2, 3]) server.commit(transaction)
      for (let look = 0; look < 5; look++) await read()
    }
    const NAMED: [string, readonly Step[]][] = [
      ['a transaction that began first and wrote the row last, while another runs', [
        ['touch', 0, 0], ['touch', 2, 0], ['write', 1, 0], ['commit', 1, 0], ['read', 0, 0], ['write', 2, 0], ['commit', 2, 0], ['read', 0, 0]
      ]],
      ['a lower id in a transaction that is newer than all that ended', [
        ['touch', 0, 0], ['touch', 1, 0], ['write', 1, 1], ['write', 0, 0], ['commit', 0, 0], ['read', 0, 0], ['read', 0, 0], ['commit', 1, 0], ['read', 0, 0]
      ]],
      ['a gap that was rolled back', [
        ['write', 0, 0], ['write', 1, 1], ['rollback', 0, 0], ['commit', 1, 0], ['read', 0, 0], ['read', 0, 0]
      ]],
      ['two gaps, of which the second opens while the first is waited for', [
        ['write', 0, 0], ['write', 1, 1], ['commit', 1, 0], ['read', 0, 0], ['write', 2, 2], ['write', 3, 1], ['commit', 3, 0], ['read', 0, 0],
        ['commit', 0, 0], ['read', 0, 0], ['read', 0, 0], ['commit', 2, 0], ['read', 0, 0]
      ]]
    ] // prettier-ignore
    for (const [what, steps] of NAMED) {
      it(what, async () => {
        const server = new Transactions()
        const { delivered, read } = await play(server, steps)
        await finish(server, read)
        assert.deepEqual(idsOf(delivered), idsOf(server.committed))
      })
    }

    it('waits for a gap, and for nothing else', async () => {
      const server = new Transactions()
      const { delivered, read } = await play(server, [['touch', 0, 0], ['write', 1, 0], ['commit', 1, 0], ['read', 0, 0]])
      assert.deepEqual(idsOf(delivered), [1])
      server.write(2, 1)
      server.write(3, 2)
      server.commit(3)
      for (let look = 0; look < 5; look++) await read()
      assert.deepEqual(idsOf(delivered), [1])
      server.commit(2)
      await read()
      assert.deepEqual(idsOf(delivered), [1, 2, 3])
    }) // prettier-ignore

    it('waits neither for a transaction that has written nothing nor for those that have begun since', async () => {
      const server = new Transactions()
      const { delivered, read } = await play(server, [['touch', 0, 0], ['write', 1, 0], ['write', 2, 1], ['commit', 2, 0], ['rollback', 1, 0], ['write', 1, 2], ['read', 0, 0]])
      assert.deepEqual(idsOf(delivered), [])
      // From now on somebody who was writing at the last look writes on at the next.
      for (const [next, last] of [[2, 1], [3, 2], [1, 3], [2, 1]] as const) {
        server.write(next, next - 1)
        await read()
        server.commit(last)
        await read()
      }
      assert.deepEqual(idsOf(delivered).slice(0, 2), [2, 3])
    }) // prettier-ignore

    it('waits for nobody who was lost with a server that crashed', async () => {
      const server = new Transactions()
      const { delivered, read } = await play(server, [['touch', 0, 0], ['write', 1, 0], ['write', 0, 1], ['commit', 0, 0], ['read', 0, 0]])
      server.crash()
      for (let look = 0; look < 3; look++) await read()
      assert.deepEqual(idsOf(delivered), [2])
    }) // prettier-ignore

    it('loses nothing, repeats nothing and swaps nothing, however they are interleaved', () =>
      fc.assert(
        fc.asyncProperty(fc.array(stepOf('crash'), { maxLength: 60 }), async (steps) => {
          const server = new Transactions()
          const { delivered, read } = await play(server, steps)
          await finish(server, read)
          assert.deepEqual(idsOf(delivered), idsOf(server.committed))
          for (const row of [0, 1, 2])
            assert.deepEqual(
              idsOf(delivered.filter(({ record_id }) => record_id === String(row))),
              idsOf(server.history.get(row) ?? [])
            )
        }),
        { seed: 20_261_121, numRuns: 2000 }
      ))
  })

  describe('among real ones', () => {
    let url: string
    let connections: OwnConnections<SessionClient>
    let clients: Client[]
    /** A server may have room for no prepared transactions, as it has by default. */
    let canPrepare = false
    before(async () => {
      url = await createDatabase()
      connections = connectionsTo(url)
      clients = await Promise.all([0, 1, 2].map(() => connected(url)))
      const { rows } = await clients[0]!.query('show max_prepared_transactions')
      canPrepare = Number(rows[0].max_prepared_transactions) > 0
      await clients[0]!.query(`insert into categories (name, slug) values ('a', 'a'), ('b', 'b'), ('c', 'c')`)
    })
    after(async () => {
      await Promise.all((clients ?? []).map((client) => client.end()))
      await connections?.close()
      if (url) await dropDatabase(url)
    })

    const connected = async (connectionString: string) => {
      const client = new Client({ connectionString, types: undefined })
      await client.connect()
      return client
    }
    const write = async (client: Client, row: number) => {
      await client.query('select from categories where id = $1 for update nowait', [row + 1])
      await client.query('update categories set sort_order = sort_order + 1 where id = $1', [row + 1])
    }
    const giveUp = (client: Client) => client.query('rollback').then(() => undefined)

    /** Does a step; answers whether the transaction of its client is open, or prepared, behind it. */
    const take = async ([kind, index, row]: Step<'prepare'>, state: State): Promise<State> => {
      const client = clients[index]!
      const name = `'of client ${index}'`
      if (kind === 'commit' || kind === 'rollback') {
        if (state) await client.query(state === 'prepared' ? `${kind} prepared ${name}` : kind)
        return undefined
      }
      if (state === 'prepared') return state
      if (kind === 'prepare') {
        if (!state || !canPrepare) return state
        await client.query(`prepare transaction ${name}`)
        return 'prepared'
      }
      if (!state) await client.query('begin')
      const isDone = kind === 'touch' ? client.query('select pg_current_xact_id()') : write(client, row)
      // A row that another holds: this one gives up, as a deadlock would make it.
      return isDone.then(() => 'open' as const, () => giveUp(client)) // prettier-ignore
    }
    const run = async (steps: readonly Step<'prepare'>[]) => {
      const states: State[] = [undefined, undefined, undefined]
      const { feed, delivered, read } = feedOf(connections)
      const [last] = (await clients[0]!.query('select coalesce(max(id), 0)::int as id from changes')).rows
      feed.cursor = last.id
      for (const [kind, transaction, row] of steps) {
        const index = transaction % 3
        if (kind === 'read') await read()
        else states[index] = await take([kind, index, row], states[index])
      }
      for (const [index, state] of states.entries()) await take(['commit', index, 0], state)
      const [end] = (await clients[0]!.query('select coalesce(max(id), 0)::int as id from changes')).rows
      for (let look = 0; look < 5; look++) await read()
      assert.ok(feed.cursor >= end.id, 'a few looks are enough, whatever is open in other databases')
      const { rows } = await clients[0]!.query('select id::int from changes where id > $1 order by id', [
        last.id
      ])
      assert.deepEqual(idsOf(delivered.map(({ id }) => ({ id: Number(id) }))), idsOf(rows))
    }

    it('opens no connection any more once it is closed', async () => {
      const closing = connectionsTo(url)
      const ask = () => closing.query({ text: 'select pg_backend_pid() as pid', values: [] }).then(([row]) => row!.pid as number, (error: Error) => error.message) // prettier-ignore
      assert.equal(typeof (await ask()), 'number')
      const [running, waiting] = [ask(), ask()]
      await closing.close()
      assert.equal(await running, 'Connection terminated')
      assert.equal(await waiting, 'The connections are closed')
      assert.equal(await ask(), 'The connections are closed')
    })

    it('a lower id in a transaction that is newer than all that ended', () =>
      run([
        ['touch', 0, 0], ['touch', 1, 0], ['write', 1, 1], ['write', 0, 0], ['commit', 0, 0], ['read', 0, 0], ['read', 0, 0], ['commit', 1, 0]
      ])) // prettier-ignore

    it('loses nothing, repeats nothing and swaps nothing, however they are interleaved', () =>
      fc.assert(fc.asyncProperty(fc.array(stepOf('prepare'), { minLength: 5, maxLength: 40 }), run), { seed: 20_261_121, numRuns: 40 })).timeout(60_000) // prettier-ignore
  })
})
