import { setTimeout as pause } from 'timers/promises'
import { median, quantile } from './harness/median'
import type { Answer, Measure, Question, RunOptions } from './harness/question'
import { startServer } from './harness/server'
import type { Server } from './harness/server'
import { startSockets } from './harness/sockets'
import type { Sockets } from './harness/sockets'
import { perRequest, usedBy } from './harness/usage'

/** As many as one user may reasonably have: `sockets.per_user` allows 1,000. */
const SOCKETS = 500
const WRITES = 200
/** Milliseconds between two writes of somebody who has nothing to do with it. */
const EVERY = 10
/** Milliseconds of writing before the sign-out. */
const BEFORE = 500
/** Milliseconds that the event of a write may take meanwhile, from its request on. */
const LIMIT = 200

interface Scene {
  readonly server: Server
  readonly databaseUrl: string
  readonly sockets: Sockets
  /** Of the user who writes, and of the one who signs out. */
  readonly tokens: readonly [writer: string, leaver: string]
}

const signOut = async ({ server, tokens: [, leaver] }: Scene) => {
  await pause(BEFORE)
  const headers = { authorization: `Bearer ${leaver}` }
  const response = await fetch(`${server.url}/auth/logout-all`, { method: 'POST', headers })
  if (!response.ok) throw new Error(`The sign-out was answered ${response.status}: ${await response.text()}`)
}

/** Writes and their events on the writer's socket, while `meanwhile` happens. */
const writing = async (scene: Scene, meanwhile: () => Promise<unknown>) => {
  const { server, databaseUrl, sockets, tokens } = scene
  const writes = { url: `${server.url}/tasks/1`, token: tokens[0], count: WRITES, every: EVERY }
  const [used, latencies] = await usedBy(server, databaseUrl, async () => {
    const [times] = await Promise.all([sockets.write(writes), meanwhile()])
    return times
  })
  const measure: Measure = {
    ...perRequest(used, WRITES),
    perSecond: NaN,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99)
  }

  return { measure, slowest: Math.max(...latencies) }
}

/** What the sockets of the user are signed in by. */
const CASES = [
  { name: 'sign-out of one session', sessions: 1 },
  { name: 'sign-out of 500 sessions', sessions: SOCKETS }
] as const
type Case = (typeof CASES)[number]

const tokensFor = async (server: Server, { sessions }: Case): Promise<string[]> => {
  const [writer, ...own] = await server.tokens([1, ...Array<number>(sessions).fill(2)])
  return [writer!, ...Array.from({ length: SOCKETS }, (_, index) => own[index % sessions]!)]
}

/** One round: sockets of its own, since those that were signed out stay as anybody's. */
const round = async (server: Server, databaseUrl: string, one: Case, { progress }: RunOptions) => {
  const sockets = startSockets()
  try {
    const tokens = await tokensFor(server, one)
    await sockets.connect({ url: new URL(server.url).origin, tokens }, (connected) =>
      progress(`${one.name}: ${connected} of ${tokens.length} sockets`)
    )
    const scene: Scene = { server, databaseUrl, sockets, tokens: [tokens[0]!, tokens[1]!] }
    const quiet = await writing(scene, async () => undefined)
    const busy = await writing(scene, () => signOut(scene))

    return { quiet, busy }
  } finally {
    sockets.stop()
  }
}

const problemsOf = (slowest: readonly number[]): string[] => {
  const most = Math.max(...slowest)
  return most <= LIMIT
    ? []
    : [`rachis let an event of another user wait ${most.toFixed(0)} ms, more than ${LIMIT}`]
}

const measure = async (
  server: Server,
  databaseUrl: string,
  one: Case,
  options: RunOptions
): Promise<Answer[]> => {
  const rounds: Awaited<ReturnType<typeof round>>[] = []
  for (let count = 0; count < options.rounds; count++)
    rounds.push(await round(server, databaseUrl, one, options))
  const results = (part: 'quiet' | 'busy') => new Map([[server.name, median(rounds.map((all) => all[part].measure))]]) // prettier-ignore

  return [
    {
      name: one.name,
      results: results('busy'),
      problems: problemsOf(rounds.map(({ busy }) => busy.slowest))
    },
    { name: `before ${one.name}`, results: results('quiet') }
  ]
}

/**
 * A user with five hundred sockets signs out everywhere, while somebody else's record is written a hundred times a second: p50 and p99
 * are those of the other's events. No peer reconsiders what sockets may hear when somebody signs out, so Rachis is compared with
 * itself before it.
 */
const question: Question = {
  name: 'sign-out',
  async run(options) {
    const rachis = options.contenders.find(({ file }) => file === 'rachis')
    if (!rachis) return []
    const databaseUrl = await options.databases.create(false)
    const server = await startServer(rachis, databaseUrl)
    const answers: Answer[] = []
    try {
      for (const one of CASES) answers.push(...(await measure(server, databaseUrl, one, options)))
    } finally {
      await server.stop()
    }

    return answers
  }
}
export default question
