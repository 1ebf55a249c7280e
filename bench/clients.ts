import autocannon from 'autocannon'
import type { Client, Request } from 'autocannon'
import { BUSY_USERS } from './harness/rows'
import type { Server } from './harness/server'
import { perRequest, usedBy } from './harness/usage'
import { withServer } from './harness/with-server'

/**
 * `node -C source --import=tsx bench/clients.ts [rounds, 5] [seconds, 5]`: a hundred clients who each send the next request as soon as they have the
 * answer: seven reads of a product, a list of products, their own tasks, and a task that they create. On the embedded database unless
 * DATABASE_URL says another.
 */
const CLIENTS = 100
const [ROUNDS, SECONDS] = [Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 5)]

const requestsOf = (token: string, at: number): Request[] => {
  const headers = { authorization: `Bearer ${token}` }
  const read = (path: string): Request => ({ method: 'GET', path: `/api/v1${path}`, headers })

  return [
    ...Array.from({ length: 7 }, (_, n) => read(`/products/${1 + ((at * 7 + n) % 1000) * 10}`)),
    read('/products?brand=Brand 1&sort=-price&limit=20'.replace(/ /g, '%20')),
    read('/tasks?status=pending&limit=20'),
    { method: 'POST', path: '/api/v1/tasks', headers: { ...headers, 'content-type': 'application/json' }, body: '{"title":"Buy tea"}' }
  ] // prettier-ignore
}

const round = async (server: Server, database: string, tokens: readonly string[], duration: number) => {
  let client = 0
  const setupClient = (one: Client) => {
    const requests = requestsOf(tokens[client % tokens.length]!, client)
    one.setRequests([...requests.slice(client % 10), ...requests.slice(0, client % 10)])
    client++
  }
  const [used, { '2xx': answered, non2xx, errors, latency }] = await usedBy(server, database, () =>
    autocannon({ url: new URL(server.url).origin, connections: CLIENTS, duration, setupClient })
  )
  if (non2xx + errors > 0) throw new Error(`${non2xx} were refused, ${errors} failed`)
  const { cpu, databaseCpu } = perRequest(used, answered)

  return { perSecond: answered / duration, cpu, databaseCpu, p50: latency.p50, p97_5: latency.p97_5, p99: latency.p99 } // prettier-ignore
}

const main = () =>
  withServer((databases) => databases.create(false), async (server, database) => {
    const tokens = await server.tokens(Array.from({ length: BUSY_USERS }, (_, index) => index + 1))
    await round(server, database, tokens, 3)
    for (let count = 0; count < ROUNDS; count++) {
      const { perSecond, cpu, databaseCpu, p50, p97_5, p99 } = await round(server, database, tokens, SECONDS)
      console.log(`${perSecond.toFixed(0)} requests a second, p50 ${p50} ms, p97.5 ${p97_5} ms, p99 ${p99} ms, ${cpu.toFixed(0)} µs of the server and ${databaseCpu.toFixed(0)} of PostgreSQL for one`)
    }
  }) // prettier-ignore

void main()
