import { fork } from 'child_process'
import type { ChildProcess } from 'child_process'
import path from 'path'
import { setTimeout as pause } from 'timers/promises'
import { Client } from 'pg'
import type { Audience } from './harness/broadcast-child'
import { contenderOf } from './harness/contender'
import { Databases } from './harness/databases'
import { quantile } from './harness/median'
import { Remote } from './harness/messages'
import { USERS } from './harness/rows'
import type { Server } from './harness/server'
import { startServer } from './harness/server'
import { usedBy } from './harness/usage'

/** Sockets of each server. One process opens as many files as the system lets it. */
const SOCKETS = Number(process.argv[2] ?? 5000)
const [EVENTS, WARM_UP, ROUNDS, IDLE] = [20, 2, 5, 2]
/** A product that anybody may read. */
const PRODUCT = 6
/** The number before that of the first event: all have as many digits, so that all events have as many bytes. */
const FIRST = 1000

/** A server with its sockets, and how it is told of the next event. */
interface Scene {
  readonly name: string
  readonly server: Server
  readonly databaseUrl: string
  readonly child: ChildProcess
  readonly sockets: Remote
  readonly tell: (number: number) => Promise<unknown>
  readonly costs: number[]
  /** The number of the last event. */
  told: number
}
type Parts = Pick<Scene, 'name' | 'server' | 'databaseUrl' | 'tell'>

const open = async ({ server, ...parts }: Parts, isSocketIo: boolean): Promise<Scene> => {
  const child = fork(path.join(__dirname, 'harness/broadcast-child.ts'), { execArgv: ['-C', 'source', '--import=tsx'] }) // prettier-ignore
  const sockets = new Remote(child)
  // Administrators read more of a product: the last user is one.
  const ids = Array.from({ length: SOCKETS }, (_, index) => 1 + (index % (USERS - 1)))
  const audience: Audience = { url: server.url, tokens: await server.tokens(ids), isSocketIo }
  const connected = await sockets.call<number>('connect', audience)
  if (connected !== SOCKETS) throw new Error(`${connected} of ${SOCKETS} sockets are connected`)

  return { ...parts, server, child, sockets, costs: [], told: FIRST }
}

/** One event after the other: each once all sockets have the one before. */
const broadcast = async (scene: Scene, count: number) => {
  for (let done = 0; done < count; done++) {
    await scene.sockets.call('expect', ++scene.told)
    await Promise.all([scene.tell(scene.told), scene.sockets.call('all')])
  }
}

/** µs of CPU of the server's process for each socket that receives an event, without those that it costs while nothing happens. */
const deliveryCost = async (scene: Scene): Promise<number> => {
  const { server, databaseUrl } = scene
  const [idle] = await usedBy(server, databaseUrl, () => pause(1000 * IDLE))
  const begun = performance.now()
  const [used] = await usedBy(server, databaseUrl, () => broadcast(scene, EVENTS))
  const seconds = (performance.now() - begun) / 1000

  return (used.cpu - (idle.cpu * seconds) / IDLE) / (EVENTS * SOCKETS)
}

/** The bare server is posted what Rachis sent of its last event, with the packet types of Engine.IO and Socket.IO and the number of the next event. */
const bareTell = (url: string, event: string) => (number: number) =>
  fetch(url, {
    method: 'POST',
    body: event.replace(/"stock_quantity":\d+/, `"stock_quantity":${number}`)
  }).then((answer) => answer.arrayBuffer())

const rachisTell = (sql: Client) => (number: number) =>
  sql.query('update products set stock_quantity = $1 where id = $2', [number, PRODUCT])

const textOf = ({ costs }: Scene) => {
  const at = (part: number) => quantile(costs, part)!.toFixed(1)
  return `${at(0.5)} µs of CPU a delivery (${at(0)} to ${at(1)})`
}

const report = async (scenes: readonly [Scene, Scene], bytes: number) => {
  const [rachis, bare] = scenes
  const ratio = (part: number) => (quantile(rachis.costs, part)! / quantile(bare.costs, part)!).toFixed(2)
  console.log(`broadcast: ${SOCKETS} sockets, ${bytes} bytes: ${textOf(rachis)}, a bare ws server ${textOf(bare)}: ${ratio(0.5)} times, ${ratio(0)} of the minima`) // prettier-ignore
  for (const { name, sockets } of scenes) {
    const problems = await sockets.call<string[]>('problems')
    if (problems.length > 0) console.log(`CHECK FAILED: ${name}: ${problems.length} problems, such as: ${problems[0]}`) // prettier-ignore
  }
}

/** Both servers in turns, with all sockets of both connected. */
const measure = async (
  rachis: Server,
  bare: Server,
  { databaseUrl, sql }: { databaseUrl: string; sql: Client }
) => {
  const scenes: Scene[] = []
  try {
    const own = await open({ name: 'rachis', server: rachis, databaseUrl, tell: rachisTell(sql) }, true)
    scenes.push(own)
    await broadcast(own, 1)
    const event = await own.sockets.call<string>('event')
    const other = await open(
      { name: 'ws', server: bare, databaseUrl, tell: bareTell(bare.url, event) },
      false
    )
    scenes.push(other)
    for (let round = 0; round < WARM_UP; round++) for (const scene of scenes) await broadcast(scene, EVENTS)
    for (let round = 0; round < ROUNDS; round++)
      for (const scene of scenes) scene.costs.push(await deliveryCost(scene))
    await pause(1000)
    await report([own, other], Buffer.byteLength(event))
  } finally {
    for (const { child } of scenes) child.kill()
  }
}

const main = async () => {
  const databases = await Databases.open()
  const servers: Server[] = []
  try {
    const databaseUrl = await databases.create(false)
    const sql = new Client({ connectionString: databaseUrl })
    await sql.connect()
    for (const name of [contenderOf('rachis'), { name: 'ws', file: 'ws', variant: '' } as const])
      servers.push(await startServer(name, databaseUrl))
    await measure(servers[0]!, servers[1]!, { databaseUrl, sql }).finally(() => sql.end())
  } finally {
    for (const server of servers) await server.stop()
    await databases.close()
  }
}

void main()
