import assert from 'node:assert/strict'
import type { Listener, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

/** `npm run bench -- sign-out` measures five hundred of them. */
const SOCKETS = 30

describe('a user with many sockets who signs out everywhere', () => {
  let world: World
  let [leaver, other]: Person[] = []
  let sockets: Listener[]
  let witness: Listener
  before(async () => {
    world = await startWorld()
    ;[leaver, other] = [await world.register('leaver'), await world.register('other')]
    sockets = []
    // Each with a session of its own.
    for (let count = 0; count < SOCKETS; count++) sockets.push(await world.socket(await world.login(leaver)))
    witness = await world.socket(other)
  })
  after(() => world?.close())

  const insert = async (title: string, { id }: Person): Promise<number> => {
    const [task] = await world.sql('insert into tasks (title, user_id) values ($1, $2) returning id::int', [title, id]) // prettier-ignore
    return task!.id as number
  }

  it('hears nothing more on any of them, while others hear what is theirs and nothing else', async () => {
    const before = await insert('Before', leaver!)
    await Promise.all(sockets.map((socket) => socket.event('tasks created', ({ id }) => id === before)))
    for (const socket of sockets) socket.forget()

    await sockets[0]!.call('logout_all', 'auth', {})
    const own = await insert('Of the other', other!)
    await witness.event('tasks created', ({ id }) => id === own)
    await world.settled()
    for (const socket of sockets) {
      assert.equal((await socket.refusal('find', 'tasks', {})).error.code, 'NOT_AUTHENTICATED')
      assert.ok(socket.socket.connected)
      socket.forget()
    }
    await insert('After', leaver!)
    await world.settled()
    for (const socket of sockets) assert.deepEqual(await socket.drained(), [])
    await witness.told()
    const heard = witness.events.filter(({ name }) => name.startsWith('tasks'))
    assert.deepEqual(heard.map(({ name, data }) => [name, data.id]), [['tasks created', own]]) // prettier-ignore
  })
})
