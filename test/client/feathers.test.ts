import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import authentication from '@feathersjs/authentication-client'
import { feathers } from '@feathersjs/feathers'
import socketio from '@feathersjs/socketio-client'
import { io } from 'socket.io-client'
import { resume } from '../../packages/rachis/src/client/feathers'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { Gateway } from './gateway'

describe('an official client of Feathers that resumes', function () {
  this.timeout(20_000)
  let here: World
  let there: World
  let gateway: Gateway
  let cast: Record<'anonymous' | 'owner' | 'stranger' | 'manager' | 'admin', Person>
  const open: { disconnect(): unknown }[] = []
  before(async () => {
    here = await startWorld()
    there = await startWorld({ database: here.database })
    cast = await here.cast()
    gateway = await Gateway.open(here.url)
  })
  beforeEach(() => gateway.lead(here.url))
  afterEach(() => {
    for (const socket of open.splice(0)) socket.disconnect()
  })
  after(async () => {
    gateway?.close()
    await there?.close(true)
    await here?.close()
  })

  /** Everything that a client is told of tasks and categories. */
  class Told extends EventEmitter {
    readonly events: string[] = []

    constructor(client: any) {
      super()
      for (const path of ['tasks', 'categories'])
        for (const name of ['created', 'patched', 'removed', 'reset'])
          client.service(path).on(name, (data: Json) => this.add(`${path} ${name} ${data.title ?? data.name ?? ''}`.trim()))
    } // prettier-ignore

    private add(event: string) {
      this.events.push(event)
      this.emit('event')
    }

    async until(event: string) {
      while (!this.events.includes(event)) await once(this, 'event')
    }
  }

  const connect = async (person?: Person) => {
    const socket = io(gateway.url, { transports: ['websocket'], forceNew: true, reconnectionDelay: 50 })
    open.push(socket)
    const client = feathers<any>().configure(socketio(socket)).configure(authentication()).configure(resume())
    const synced = once(socket as unknown as EventEmitter, 'synced')
    if (person) await client.authenticate({ strategy: 'jwt', accessToken: person.token })
    const told = new Told(client)
    await synced

    return { client, told, socket: socket as unknown as EventEmitter }
  }
  const task = (title: string, person = cast.owner, world = there) =>
    world.rest(person, 'POST', '/tasks', { body: { title } })
  /** Cuts every connection; the work is done before the other process takes them. */
  const away = async (work: () => Promise<unknown>) => {
    gateway.lead()
    gateway.cut()
    await work()
    gateway.lead(there.url)
  }

  it('is sent what it missed, once and in order, by another process', async () => {
    const { told, socket } = await connect(cast.owner)
    await task('before', cast.owner, here)
    await Promise.all([told.until('tasks created before'), once(socket, 'synced')])
    await away(async () => {
      await task('missed')
      await task('not mine', cast.stranger)
      await task('missed too')
    })
    await told.until('tasks created missed too')
    await task('live')
    await told.until('tasks created live')
    assert.deepEqual(told.events, ['before', 'missed', 'missed too', 'live'].map((title) => `tasks created ${title}`)) // prettier-ignore
  })

  it('also where nobody is signed in', async () => {
    const { told } = await connect()
    await away(() => there.rest(cast.admin, 'POST', '/categories', { body: { name: 'Tea', slug: 'tea' } }))
    await told.until('categories created Tea')
    assert.deepEqual(told.events, ['categories created Tea'])
  })

  it('is told what to find anew where its rights have changed meanwhile', async () => {
    const { told, socket } = await connect(cast.manager)
    await task('seen', cast.manager, here)
    await Promise.all([told.until('tasks created seen'), once(socket, 'synced')])
    await away(async () => {
      await there.sql(`update users set role = 'user' where id = $1`, [cast.manager.id])
      await task('missed', cast.manager)
    })
    await told.until('tasks reset')
    assert.ok(told.events.includes('categories reset'))
    assert.ok(!told.events.includes('tasks created missed'))
  })

  it('is told what to find anew where it cannot sign in again', async () => {
    const { client, told, socket } = await connect(cast.stranger)
    await task('own', cast.stranger, here)
    await Promise.all([told.until('tasks created own'), once(socket, 'synced')])
    await client.get('storage').setItem('feathers-jwt', 'x.y.z')
    await away(() => task('missed', cast.stranger))
    await told.until('tasks reset')
    assert.ok(!told.events.includes('tasks created missed'))
  })
})
