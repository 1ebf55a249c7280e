import assert from 'assert/strict'
import type { ContenderName } from './harness/contender'
import { median, quantile } from './harness/median'
import type { Answer, Measure, Question, RunOptions } from './harness/question'
import { USERS } from './harness/rows'
import { startServer } from './harness/server'
import type { Server } from './harness/server'
import { startSockets } from './harness/sockets'
import type { Sockets } from './harness/sockets'
import { perRequest, usedBy } from './harness/usage'

const WRITES = 200
/** Slow enough for every server to be done with one write and its event before the next. */
const EVERY = 15
const WARM_UP = 300

interface Scene {
  readonly server: Server
  readonly sockets: Sockets
  readonly databaseUrl: string
  readonly tokens: readonly string[]
}

const writesOf = ({ server, tokens }: Scene, count: number, every: number) => ({
  url: `${server.url}/tasks/1`,
  token: tokens[0]!,
  count,
  every
})

/** Single writes of one owner's record, paced; with sockets connected each is awaited until its event has come. */
const writing = async (scene: Scene): Promise<Measure> => {
  const { server, databaseUrl, sockets } = scene
  const [used, latencies] = await usedBy(server, databaseUrl, () =>
    sockets.write(writesOf(scene, WRITES, EVERY))
  )

  return {
    ...perRequest(used, WRITES),
    perSecond: NaN,
    p50: quantile(latencies, 0.5) ?? NaN,
    p99: quantile(latencies, 0.99) ?? NaN
  }
}

const rounds = async (scene: Scene, { rounds, progress }: RunOptions, label: string): Promise<Measure> => {
  progress(`fan-out: ${scene.server.name} warms up with ${label}`)
  await scene.sockets.write(writesOf(scene, WARM_UP, 0))
  const measures: Measure[] = []
  for (let round = 1; round <= rounds; round++) {
    progress(`fan-out: ${scene.server.name} with ${label}, round ${round} of ${rounds}`)
    measures.push(await writing(scene))
  }

  return median(measures)
}

/** Each write has come to its owner, once, and to nobody else. */
const checkReceived = async ({ sockets, server }: Scene, writes: number) =>
  assert.deepEqual(await sockets.received(), { total: writes, astray: 0 }, `${server.name} sent other events`)

const play = async (scene: Scene, options: RunOptions): Promise<[alone: Measure, crowded: Measure]> => {
  const { server, sockets, tokens } = scene
  const alone = await rounds(scene, options, 'no sockets')
  await sockets.connect({ url: new URL(server.url).origin, tokens }, (connected) =>
    options.progress(`fan-out: ${server.name} has ${connected} of ${tokens.length} sockets`)
  )
  await sockets.received()
  const crowded = await rounds(scene, options, `${tokens.length} sockets`)
  await checkReceived(scene, WARM_UP + options.rounds * WRITES)

  return [alone, crowded]
}

const measure = async (contender: ContenderName, options: RunOptions) => {
  options.progress(`fan-out: ${contender.name} starts`)
  const databaseUrl = await options.databases.create(contender.file !== 'rachis')
  const server = await startServer(contender, databaseUrl)
  const sockets = startSockets()
  try {
    const tokens = await server.tokens(Array.from({ length: USERS }, (_, index) => 1 + index))
    return await play({ server, sockets, databaseUrl, tokens }, options)
  } finally {
    sockets.stop()
    await server.stop()
  }
}

const difference = (crowded: Measure, alone: Measure): Measure => ({
  ...crowded,
  cpu: crowded.cpu - alone.cpu,
  databaseCpu: crowded.databaseCpu - alone.databaseCpu,
  statements: crowded.statements - alone.statements
})

/** A record of one of 5,000 signed-in sockets changes: the write with its event, and what of it the event costs. */
const fanOut: Question = {
  name: 'fan-out',
  async run(options) {
    const [whole, event] = [new Map<string, Measure>(), new Map<string, Measure>()]
    for (const contender of options.contenders) {
      const [alone, crowded] = await measure(contender, options)
      whole.set(contender.name, crowded)
      event.set(contender.name, difference(crowded, alone))
    }
    const answers: Answer[] = [
      { name: 'fan-out', target: 0.1, results: event },
      { name: 'write and fan-out', results: whole }
    ]

    return answers
  }
}
export default fanOut
