import { spawn } from 'child_process'
import { once } from 'events'
import { request } from 'http'
import type { IncomingMessage } from 'http'
import { quantile } from './harness/median'
import type { Server } from './harness/server'
import { withServer } from './harness/with-server'

/**
 * `node -C source --import=tsx bench/export.ts [rows, 1000000] [rounds, 3]`: exports of products beside `COPY` of the same table by `psql`,
 * in turns. The server is a process of its own, whose memory is asked of itself; the reader drops each byte.
 * One in twenty products is not for anybody, and not in them.
 */
const ROWS = Number(process.argv[2] ?? 1_000_000)
const ROUNDS = Number(process.argv[3] ?? 3)
const COPY = `copy (select * from products where is_active order by id) to stdout csv`

const bytesIn = async (source: AsyncIterable<Buffer>): Promise<number> => {
  let bytes = 0
  for await (const part of source) bytes += part.length

  return bytes
}

const seconds = async (work: () => Promise<number>) => {
  const begun = performance.now()
  const bytes = await work()

  return { seconds: (performance.now() - begun) / 1000, bytes }
}

const exported = (server: Server, Accept: string) => async (): Promise<number> => {
  const asked = request(`${server.url}/products`, { headers: { Accept } }).end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  if (response.statusCode !== 200) throw new Error(`The export was answered ${response.statusCode}`)

  return bytesIn(response)
}

const copied = (url: string) => (): Promise<number> =>
  bytesIn(spawn('psql', [url, '-c', COPY], { stdio: ['ignore', 'pipe', 'inherit'] }).stdout)

const compare = async (server: Server, url: string): Promise<void> => {
  const ways: [name: string, work: () => Promise<number>][] = [
    ['COPY', copied(url)],
    ['application/x-ndjson', exported(server, 'application/x-ndjson')],
    ['text/csv', exported(server, 'text/csv')]
  ]
  const times = new Map(ways.map(([name]) => [name, [] as number[]]))
  const { memory: before } = await server.usage()
  for (let round = 1; round <= ROUNDS; round++)
    for (const [name, work] of ways) {
      const { cpu } = await server.usage()
      const done = await seconds(work)
      const used = ((await server.usage()).cpu - cpu) / 1e6
      times.get(name)!.push(done.seconds)
      console.log(
        `${name} ${done.seconds.toFixed(2)} s, ${Math.round(done.bytes / 1e6)} MB, CPU of the server ${used.toFixed(2)} s`
      )
    }
  const { memory } = await server.usage()
  const median = (name: string) => quantile(times.get(name)!, 0.5)
  for (const name of times.keys()) console.log(`${name}: ${Math.round(ROWS / median(name))} rows a second, ${(median('COPY') / median(name)).toFixed(2)} of COPY`) // prettier-ignore
  console.log(`The most memory of the server: ${memory} MB, of which ${before} MB before the first export`)
}

void withServer((databases) => databases.products(ROWS), compare)
