import assert from 'node:assert/strict'
import type { Answer, Person } from '../wire'
import type { TestApp } from '../test-app'

interface Received {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** Of a position: the feed moves on between two calls. */
const PLACE = /^1\.[\w-]+\.\d+\./
const TRIES = 4

const receive = async (response: Response): Promise<Received> => {
  const { date: _date, ...headers } = Object.fromEntries(response.headers)
  const { 'x-rachis-position': position = '' } = headers

  return {
    status: response.status,
    headers: { ...headers, 'x-rachis-position': position.replace(PLACE, '') },
    text: await response.text()
  }
}

/** Reads that compare two answers wait for each other: the switch is one for all requests to an application. */
const busy = new WeakMap<TestApp, Promise<unknown>>()

const compare = async (world: TestApp, ask: () => Promise<Response>): Promise<Received> => {
  const received: Received[] = []
  for (const fastPath of [false, true]) {
    world.app.set('fastPath', fastPath)
    received.push(await receive(await ask()))
  }
  const [whole, fast] = received as [Received, Received]
  assert.deepEqual(fast, whole)

  return fast
}

/** Somebody may write between the two. A difference of the two ways themselves stays. */
const compareAgain = async (
  world: TestApp,
  ask: () => Promise<Response>,
  left = TRIES
): Promise<Received> => {
  try {
    return await compare(world, ask)
  } catch (error) {
    if (left === 0) throw error
    await world.settled()

    return compareAgain(world, ask, left - 1)
  }
}

/** Reads by the chain of all stages and by the fast path: both have to answer the same, byte by byte and header by header. */
export const readBothWays = async (
  world: TestApp,
  person: Person,
  path: string,
  headers: Record<string, string>
): Promise<Answer> => {
  const ask = () => world.send(person, 'GET', path, { headers: { 'X-Request-Id': 'same', ...headers } })
  const turn = (busy.get(world) ?? Promise.resolve()).then(() => compareAgain(world, ask))
  busy.set(
    world,
    turn.catch(() => undefined)
  )
  const { status, text, headers: received } = await turn

  return { status, headers: new Headers(received), body: text ? JSON.parse(text) : text }
}
