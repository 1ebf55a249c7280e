import assert from 'node:assert/strict'
import type { Answer, Json, Listener, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

/** Of the tests that run: two processes, and people. */
export let here: World
export let there: World
export let cast: Awaited<ReturnType<World['cast']>>

export const make = async (person: Person, permissions: string[], more: Json = {}): Promise<Json> => {
  const body = { name: 'Robot', permissions, ...more }
  const answer = await here.rest(person, 'POST', '/api-keys', { body })
  assert.equal(answer.status, 201, JSON.stringify(answer.body))

  return answer.body
}
export const withKey = (
  key: string,
  method: string,
  path: string,
  body?: unknown,
  world = here
): Promise<Answer> => world.rest(anonymous, method, path, { body, headers: { 'X-API-Key': key } })
/** A socket that is signed in by the key. */
export const socketOf = async (key: string, world = here): Promise<Listener> => {
  const socket = await world.socket()
  await socket.call('create', 'authentication', { strategy: 'api_key', api_key: key })

  return socket
}
export const settled = () => Promise.all([here.settled(), there.settled()])
export const events = (event: string) =>
  here.sql('select user_id, details, address from security_events where event = $1 order by id', [event])

/** Starts both before the tests of a file, and closes them after. */
export const withKeys = () => {
  before(async () => {
    here = await startWorld()
    there = await startWorld({ database: here.database })
    cast = await here.cast()
  })
  after(async () => {
    await there?.close(true)
    await here?.close()
  })
}
