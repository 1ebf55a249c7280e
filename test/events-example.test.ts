import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { Clients } from './helpers/clients'
import type { Client } from './helpers/clients'
import type { Json, World } from './helpers/world'
import { startWorld } from './helpers/world'

const FILE = path.join(__dirname, '../docs/examples/live-records.mjs')
interface Example {
  liveRecords(client: Client, path: string, onError: (error: Error) => void): Map<number, Json>
  staySignedIn(client: Client, refresh_token: string, onError: (error: Error) => void): void
}

describe('the example of live records', () => {
  let world: World
  let clients: Clients
  let example: Example
  const errors: Error[] = []
  before(async () => {
    world = await startWorld({ settings: { auth: { access_ttl: 3, expiry_warning: 1 } } })
    clients = new Clients(() => world, { auth: ['refresh'] })
    example = (await import(pathToFileURL(FILE).href)) as Example
  })
  after(async () => {
    clients?.close()
    await world?.close()
  })
  afterEach(() => assert.deepEqual(errors.splice(0), []))

  /** Somebody who lives by the example, and how to change their tasks without their client. */
  const somebody = async () => {
    const person = clients.person()
    const client = clients.connect('socket')
    const user = (await world.app.service('users').create(person as never)) as unknown as Json
    const fetches: (() => Promise<unknown> | undefined)[] = []
    client.service('tasks').hooks({ around: { find: [async (_context: unknown, next: () => Promise<void>) => {
      await next()
      await fetches.shift()?.()
    }] } }) // prettier-ignore
    const onError = (error: Error) => void errors.push(error)
    const records = example.liveRecords(client, 'tasks', onError)
    const add = (title: string) =>
      world.sql('insert into tasks (title, user_id) values ($1, $2)', [title, user.id])
    const titles = () => [...records.values()].map(({ title }) => title as string).sort()
    /** Resolves when the records are these; the test's own time-out fails it otherwise. */
    const shows = async (...expected: string[]) => {
      while (titles().join() !== expected.join()) await new Promise((resolve) => setImmediate(resolve))
    }
    const { refresh_token } = await client.authenticate({ strategy: 'local', ...person })

    return { client, user, fetches, add, titles, shows, refresh_token, onError }
  }

  it('is what the page shows', () => {
    const page = readFileSync(path.join(__dirname, '../docs/events.md'), 'utf8')
    assert.ok(page.includes(`\`\`\`js\n${readFileSync(FILE, 'utf8')}\`\`\``))
  })

  it('follows what changes, also while a list of several pages is on its way', async () => {
    const { client, user, add, shows, fetches } = await somebody()
    await add('a')
    await shows('a')
    await world.sql(`insert into tasks (title, user_id) select 'many', $1 from generate_series(1, 250)`, [
      user.id
    ])
    await world.settled()
    // Between the first page and the second a record of the first goes, and another comes.
    fetches.push(async () => {
      await world.sql(`delete from tasks where user_id = $1 and title = 'a'`, [user.id])
      await add('b')
      await world.settled()
    })
    client.emit('login', {})
    await shows('b', ...Array.from({ length: 250 }, () => 'many'))
  })

  it('lets the later of two overlapping fetches count', async () => {
    const { client, user, add, shows, titles, fetches } = await somebody()
    await add('old')
    await shows('old')
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    const isAsked = new Promise<void>((resolve) => fetches.push(() => (resolve(), held)))
    client.emit('login', {})
    await isAsked
    await world.sql(`update tasks set title = 'new' where user_id = $1`, [user.id])
    await world.settled()
    client.emit('login', {})
    await shows('new')
    release()
    await client.service('tasks').find()
    assert.deepEqual(titles(), ['new'])
  })

  it('fetches what it missed when the socket comes back, also with a token that ended meanwhile', async () => {
    const { client, user, add, shows, refresh_token, onError } = await somebody()
    example.staySignedIn(client, refresh_token, onError)
    await add('a')
    await shows('a')
    const lost = once(client.io! as never, 'disconnect')
    client.io!.io.reconnection(true)
    client.io!.io.engine.close()
    await lost
    await world.sql(`update tasks set title = 'b' where user_id = $1`, [user.id])
    await shows('b')
    await once(client as never, 'login')
    // Longer away than its token is good for.
    client.io!.disconnect()
    await world.sql(`update tasks set title = 'c' where user_id = $1`, [user.id])
    await new Promise((resolve) => setTimeout(resolve, 4000))
    client.io!.connect()
    await shows('c')
  })

  it('stays signed in beyond the end of its tokens', async () => {
    const { client, add, shows, refresh_token, onError } = await somebody()
    example.staySignedIn(client, refresh_token, onError)
    for (const title of ['a', 'b']) await once(client as never, 'login').then(() => add(title))
    await shows('a', 'b')
  })
})
