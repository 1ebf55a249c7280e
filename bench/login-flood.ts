import assert from 'assert/strict'
import { setTimeout as pause } from 'timers/promises'
import bcrypt from 'bcryptjs'
import { Client } from 'pg'
import { median, quantile } from './harness/median'
import type { Measure, Question, RunOptions } from './harness/question'
import { startServer } from './harness/server'
import type { Server } from './harness/server'
import { perRequest, usedBy } from './harness/usage'

const LOGINS = 200
const PASSWORD = 'a password of the flood'
/** What plain Feathers hashes with; the environment of bench/ sets the same for Rachis. */
const COST = 10
/** Between two looks at a product by somebody who has nothing to do with the flood. */
const EVERY = 20

interface Scene {
  readonly server: Server
  readonly databaseUrl: string
}

const open = async (options: RunOptions, contender: RunOptions['contenders'][number]): Promise<Scene> => {
  const databaseUrl = await options.databases.create(contender.file !== 'rachis')
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  const hash = await bcrypt.hash(PASSWORD, COST)
  await client.query(`update users set password = $1 where id <= ${LOGINS}`, [hash])
  await client.end()

  return { databaseUrl, server: await startServer(contender, databaseUrl) }
}

const logIn = async ({ server }: Scene, user: number) => {
  const { status, ok } = await fetch(`${server.url}/authentication`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ strategy: 'local', email: `user${user}@example.com`, password: PASSWORD })
  })
  assert.ok(ok, `${server.name} answered a log-in with ${status}`)
}

/** Milliseconds that each look took, from when it was due: a look that has to wait for the one before is late. */
const looks = async ({ server }: Scene, isOver: () => boolean): Promise<number[]> => {
  const times: Promise<number>[] = []
  const look = async () => {
    const start = performance.now()
    const response = await fetch(`${server.url}/products/1`)
    await response.text()
    assert.equal(response.status, 200)
    return performance.now() - start
  }
  while (!isOver()) {
    times.push(look())
    await pause(EVERY)
  }

  return Promise.all(times)
}

const flood = async (scene: Scene): Promise<Measure> => {
  const start = performance.now()
  const [used, times] = await usedBy(scene.server, scene.databaseUrl, async () => {
    let isOver = false
    const logins = Promise.all(Array.from({ length: LOGINS }, (_, index) => logIn(scene, 1 + index)))
    const looking = looks(scene, () => isOver)
    await logins.finally(() => (isOver = true))
    return looking
  })
  const perSecond = LOGINS / ((performance.now() - start) / 1000)

  return { ...perRequest(used, LOGINS), perSecond, p50: quantile(times, 0.5), p99: quantile(times, 0.99) }
}

/**
 * Two hundred people sign in at once, while somebody else looks at a product fifty times a second: p50 and p99 are theirs, CPU and
 * requests a second those of the log-ins. The limit has no log-in.
 */
const question: Question = {
  name: 'login-flood',
  async run(options) {
    const contenders = options.contenders.filter(({ file }) => file !== 'limit')
    const scenes: Scene[] = []
    const rounds = new Map<string, Measure[]>(contenders.map(({ name }) => [name, []]))
    try {
      for (const contender of contenders) scenes.push(await open(options, contender))
      for (const scene of scenes) await logIn(scene, 1)
      for (let round = 1; round <= options.rounds; round++) {
        for (const scene of scenes) {
          options.progress(`login-flood: round ${round} of ${options.rounds}, ${scene.server.name}`)
          rounds.get(scene.server.name)!.push(await flood(scene))
        }
      }
    } finally {
      for (const { server } of scenes) await server.stop()
    }

    return [{ name: 'login-flood', results: new Map([...rounds].map(([name, all]) => [name, median(all)])) }]
  }
}
export default question
