import autocannon from 'autocannon'
import type { Client, Request } from 'autocannon'
import assert from 'assert/strict'
import type { ContenderName } from './contender'
import type { Databases } from './databases'
import { median } from './median'
import type { Measure, LoadQuestion, Results, RunOptions } from './question'
import { startServer } from './server'
import type { Server } from './server'
import { perRequest, usedBy } from './usage'

const CONNECTIONS = 50
/** Seconds of a round of warming up. */
const WARM_UP = 3
/**
 * Requests that a server is warmed up with, at least, and the seconds after which it is measured all the same. V8 compiles a function after some
 * thousands of calls, on threads of its own whose CPU counts: a server of two thousand functions that run once in each request needs
 * tens of thousands of requests, and one by hand needs a few hundred.
 */
const WARM = { requests: 40_000, seconds: 180 }

export interface Ask {
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly path: string
  /** Id of the user who asks; nobody where it is missing. */
  readonly user?: number
  /** By a function where each request has another. */
  readonly body?: object | (() => object)
}
export interface HttpQuestion {
  readonly name: string
  readonly target?: number
  /** Only these, where a plain Feathers application has nothing to compare. */
  readonly servers?: readonly string[]
  /** Only reads, so all may share one database: the one that this opens. */
  readonly database?: (databases: Databases) => Promise<string>
  /** Connections that ask at once. Default 50. */
  readonly connections?: number
  /** Requests a second. Default: as many as are answered. */
  readonly rate?: number
  /** What the connections ask, in turns. */
  readonly asks: readonly Ask[]
  readonly status: number
  /** Properties of the answer that differ from one server to the next, such as times. */
  readonly differing?: readonly string[]
}
/** A running contender with the requests of the question, tokens and all. */
interface Ready {
  readonly connections: number
  readonly rate?: number
  readonly server: Server
  readonly databaseUrl: string
  readonly requests: readonly Request[]
}

const bodyText = (body: object | (() => object)) => JSON.stringify(typeof body === 'function' ? body() : body)

const requestOf = ({ method, path, user, body }: Ask, base: string, tokens: ReadonlyMap<number, string>) => ({
  method,
  path: new URL(base).pathname.replace(/\/$/, '') + path,
  headers: {
    ...(user === undefined ? {} : { authorization: `Bearer ${tokens.get(user)}` }),
    ...(body ? { 'content-type': 'application/json' } : {})
  },
  ...(body ? { body: bodyText(body) } : {}),
  ...(typeof body === 'function'
    ? { setupRequest: (request: Request) => ({ ...request, body: bodyText(body) }) }
    : {})
})

const signedIn = async (
  { asks, connections = CONNECTIONS, rate }: HttpQuestion,
  server: Server,
  databaseUrl: string
): Promise<Ready> => {
  const users = [...new Set(asks.flatMap(({ user }) => (user === undefined ? [] : [user])))]
  const signed = await server.tokens(users)
  const tokens = new Map(users.map((user, index) => [user, signed[index]!]))

  return {
    connections,
    rate,
    server,
    databaseUrl,
    requests: asks.map((ask) => requestOf(ask, server.url, tokens))
  }
}

const prepare = async (question: HttpQuestion, contender: ContenderName, { databases }: RunOptions) => {
  const databaseUrl = await (question.database?.(databases) ?? databases.create(contender.file !== 'rachis'))
  const server = await startServer(contender, databaseUrl)

  return signedIn(question, server, databaseUrl)
}

/** The first answer, without what has to differ: all contenders have to give the same. */
const answerOf = async ({ status, differing = [] }: HttpQuestion, { server, requests }: Ready) => {
  const [{ path, ...init }] = requests as readonly [Request]
  const response = await fetch(new URL(path, server.url), init)
  const text = await response.text()
  assert.equal(response.status, status, `${server.name} answered ${response.status}: ${text}`)
  const answer = JSON.parse(text) as Record<string, unknown>

  return { ...answer, ...Object.fromEntries(differing.map((name) => [name, name in answer])) }
}

/** Each connection starts elsewhere in the list: in step they would all ask for one record, and of one user, at a time. */
const inTurns = (requests: readonly Request[], all: number) => {
  let connections = 0

  return (client: Client) => {
    const first = Math.floor((connections++ * requests.length) / all) % requests.length
    client.setRequests([...requests.slice(first), ...requests.slice(0, first)])
  }
}

const load = async (
  { server, databaseUrl, requests, connections, rate }: Ready,
  seconds: number
): Promise<Measure> => {
  const url = new URL(server.url).origin
  const [used, result] = await usedBy(server, databaseUrl, () =>
    autocannon({
      url,
      connections,
      duration: seconds,
      overallRate: rate,
      setupClient: inTurns(requests, connections)
    })
  )
  const { '2xx': answered, non2xx, errors, timeouts, duration, latency } = result
  assert.deepEqual({ non2xx, errors, timeouts }, { non2xx: 0, errors: 0, timeouts: 0 }, server.name)

  return { ...perRequest(used, answered), perSecond: answered / duration, p50: latency.p50, p99: latency.p99 }
}

/**
 * The first rounds say nothing of the later ones. At a hundred a second it would take minutes, which a server in use has behind it, so that the
 * pace of a question is kept only when it is measured.
 */
const warmUp = async (ready: Ready): Promise<void> => {
  let [answered, seconds] = [0, 0]
  while (answered < WARM.requests && seconds < WARM.seconds) {
    const { perSecond } = await load({ ...ready, rate: undefined }, WARM_UP)
    answered += perSecond * WARM_UP
    seconds += WARM_UP
  }
}

/** Contenders take turns, so that what disturbs the machine for a while disturbs all of them. */
const measure = async (
  question: HttpQuestion,
  ready: readonly Ready[],
  options: RunOptions
): Promise<Results> => {
  const rounds = new Map(ready.map(({ server }) => [server.name, [] as Measure[]]))
  for (const one of ready) {
    options.progress(`${question.name}: ${one.server.name} warms up`)
    await warmUp(one)
  }
  for (let round = 1; round <= options.rounds; round++) {
    for (const one of ready) {
      options.progress(`${question.name}: round ${round} of ${options.rounds}, ${one.server.name}`)
      rounds.get(one.server.name)!.push(await load(one, options.seconds))
    }
  }

  return new Map([...rounds].map(([name, measures]) => [name, median(measures)]))
}

const run = async (question: HttpQuestion, options: RunOptions): Promise<Results> => {
  const ready: Ready[] = []
  try {
    const compared = options.contenders.filter(({ name }) => question.servers?.includes(name) ?? true)
    for (const contender of compared) {
      options.progress(`${question.name}: ${contender.name} starts`)
      ready.push(await prepare(question, contender, options))
    }
    const [expected, ...others] = await Promise.all(ready.map((one) => answerOf(question, one)))
    for (const other of others) assert.deepEqual(other, expected, 'The contenders give different answers')

    return await measure(question, ready, options)
  } finally {
    for (const { server } of ready) await server.stop()
  }
}

/** A question that is one HTTP request, asked over fifty connections at once. */
export const httpQuestion = (question: HttpQuestion): LoadQuestion => ({
  name: question.name,
  warmUp: async (server, databaseUrl) => warmUp(await signedIn(question, server, databaseUrl)),
  async run(options) {
    const { name, target } = question
    return [{ name, ...(target === undefined ? {} : { target }), results: await run(question, options) }]
  },
  async profile(contender, options) {
    const ready = await prepare(question, contender, options)
    try {
      await warmUp(ready)
      return await ready.server.profiled(() => load(ready, options.seconds))
    } finally {
      await ready.server.stop()
    }
  }
})
