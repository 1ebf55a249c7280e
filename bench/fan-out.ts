import { setTimeout as pause } from 'timers/promises'
import type { ContenderName } from './harness/contender'
import { median, quantile } from './harness/median'
import type { Answer, Measure, Question, RunOptions } from './harness/question'
import { USERS } from './harness/rows'
import { startServer } from './harness/server'
import type { Server } from './harness/server'
import { startSockets } from './harness/sockets'
import type { Sockets } from './harness/sockets'
import { perRequest, usedBy } from './harness/usage'
import patch from './patch'

// Enough that the difference of two servers is not the noise of either.
const WRITES = 600
/** Slow enough for every server to be done with one write and its event before the next. */
const EVERY = 10
/** So that events of the warm-up are not counted with those that are measured. */
const SETTLE = 1000

interface Scene {
  readonly server: Server
  readonly sockets: Sockets
  readonly databaseUrl: string
}

/** Single writes of one owner's record, paced; with sockets connected each is awaited until its event has come. */
const writing = async ({ server, databaseUrl, sockets }: Scene, token: string): Promise<Measure> => {
  const writes = { url: `${server.url}/tasks/1`, token, count: WRITES, every: EVERY }
  const [used, latencies] = await usedBy(server, databaseUrl, () => sockets.write(writes))

  return {
    ...perRequest(used, WRITES),
    perSecond: NaN,
    p50: quantile(latencies, 0.5) ?? NaN,
    p99: quantile(latencies, 0.99) ?? NaN
  }
}

/** What is wrong with the events: each write has to come to its owner, once, and to nobody else. */
const problemsOf = async ({ sockets, server }: Scene, writes: number): Promise<string[]> => {
  const { total, astray } = await sockets.received()
  if (total === writes && astray === 0) return []

  return [
    `${server.name} sent ${total} events for ${writes} writes, ${astray} of them to others than the owner`
  ]
}

const open = async (contender: ContenderName, { databases }: RunOptions): Promise<Scene> => {
  const databaseUrl = await databases.create(contender.file !== 'rachis')
  return { databaseUrl, server: await startServer(contender, databaseUrl), sockets: startSockets() }
}

const fill = async ({ server, sockets }: Scene, { progress }: RunOptions): Promise<string> => {
  const tokens = await server.tokens(Array.from({ length: USERS }, (_, index) => 1 + index))
  await sockets.connect({ url: new URL(server.url).origin, tokens }, (connected) =>
    progress(`fan-out: ${server.name} has ${connected} of ${tokens.length} sockets`)
  )

  return tokens[0]!
}

const difference = (crowded: Measure, quiet: Measure): Measure => ({
  ...crowded,
  cpu: crowded.cpu - quiet.cpu,
  databaseCpu: crowded.databaseCpu - quiet.databaseCpu,
  statements: crowded.statements - quiet.statements
})

/** The same writes on two servers of one kind in turns, one without any socket: what the other needs more is the event's. */
const play = async (quiet: Scene, crowded: Scene, options: RunOptions) => {
  const { name } = crowded.server
  const [[quietToken], token] = [await quiet.server.tokens([1]), await fill(crowded, options)]
  for (const { server, databaseUrl } of [quiet, crowded]) await patch.warmUp(server, databaseUrl)
  await pause(SETTLE)
  await crowded.sockets.received()
  const [wholes, events]: [Measure[], Measure[]] = [[], []]
  for (let round = 1; round <= options.rounds; round++) {
    options.progress(`fan-out: round ${round} of ${options.rounds}, ${name}`)
    const alone = await writing(quiet, quietToken!)
    wholes.push(await writing(crowded, token))
    events.push(difference(wholes.at(-1)!, alone))
  }
  const problems = await problemsOf(crowded, options.rounds * WRITES)

  return { whole: median(wholes), event: median(events), problems }
}

const measure = async (contender: ContenderName, options: RunOptions) => {
  options.progress(`fan-out: ${contender.name} starts`)
  const scenes: Scene[] = []
  try {
    scenes.push(await open(contender, options), await open(contender, options))
    return await play(scenes[0]!, scenes[1]!, options)
  } finally {
    for (const { sockets, server } of scenes) {
      sockets.stop()
      await server.stop()
    }
  }
}

/** A record of one of 5,000 signed-in sockets changes: the write with its event, and what of it the event costs. */
const fanOut: Question = {
  name: 'fan-out',
  async run(options) {
    const [whole, event] = [new Map<string, Measure>(), new Map<string, Measure>()]
    const problems: string[] = []
    for (const contender of options.contenders) {
      const measured = await measure(contender, options).catch((error: Error) => error)
      if (measured instanceof Error) {
        problems.push(`${contender.name} was not measured to the end: ${measured.message}`)
        continue
      }
      problems.push(...measured.problems)
      whole.set(contender.name, measured.whole)
      event.set(contender.name, measured.event)
    }
    const answers: Answer[] = [
      { name: 'fan-out', target: 0.1, results: event, problems },
      { name: 'write and fan-out', results: whole }
    ]

    return answers
  }
}
export default fanOut
