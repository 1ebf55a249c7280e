import authenticationClient from '@feathersjs/authentication-client'
import { feathers } from '@feathersjs/feathers'
import socketClient from '@feathersjs/socketio-client'
import { io } from 'socket.io-client'
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Settings } from '../../packages/rachis/src/declare/declarations'
import type { Consumer } from '../../packages/rachis/src/feed/consumer'
import type { DeclaredVersions } from '../../packages/rachis/src/model/versions/api-versions'
import type { Module } from '../../packages/rachis/src/module'
import type { Partly } from '../../packages/rachis/src/settings/merge'
import { TestApp } from '../../packages/rachis/src/testing/test-app'
import type { Person } from '../../packages/rachis/src/testing/wire'
import { anonymous } from '../../packages/rachis/src/testing/wire'
import { createApp } from '../../src/app'
import { resources as declared } from '../../src/services/resources'

export { anonymous, PASSWORD } from '../../packages/rachis/src/testing/wire'
export type { Answer, Json, Person, Sent as Call } from '../../packages/rachis/src/testing/wire'
export { EventRecorder as Listener } from '../../packages/rachis/src/testing/event-recorder'

/** An application on a database of its own, and ways to call it as a client does. */
export class World extends TestApp {
  /** The official Feathers client over a socket. */
  async client(person: Person = anonymous) {
    const socket = io(this.url, { transports: ['websocket'], forceNew: true })
    this.atHangUp(() => socket.disconnect())
    const client = feathers<any>().configure(socketClient(socket)).configure(authenticationClient())
    if (person.token) await client.authenticate({ strategy: 'jwt', accessToken: person.token })

    return client
  }

  /** The people that permission tests are told with. */
  async cast() {
    const [owner, stranger, manager, admin] = await Promise.all(
      ['owner', 'stranger', 'manager', 'admin'].map((name) => this.person(name))
    )

    return { anonymous, owner, stranger, manager, admin } as Record<
      'anonymous' | 'owner' | 'stranger' | 'manager' | 'admin',
      Person
    >
  }
}

export interface WorldOptions {
  readonly settings?: Partly<Settings>
  /** Declarations beside the shipped ones. */
  readonly resources?: readonly AnyResource[]
  /** In place of those of the shop. */
  readonly modules?: readonly Module[]
  /** Of the API. */
  readonly versions?: DeclaredVersions
  /** The database of another world, to be a second process of it. */
  readonly database?: string
  /** Consumers of the feed beside the engine's own. */
  readonly consumers?: readonly Consumer[]
}

/** Jobs that run at times of their own would write between what a test counts: tests that are about jobs switch them on. */
const WITHOUT_JOBS: Partly<Settings> = { jobs: { enabled: false } }

export const startWorld = ({ settings, resources = [], modules, versions, database, consumers = [] }: WorldOptions = {}): Promise<World> =>
  World.start({
    createApp,
    prepare(app) {
      for (const consumer of consumers) app.get('engine').feed.consume(consumer)
    },
    unmigrated: resources,
    database,
    options: {
      config: modules ? { ...settings } : { ...WITHOUT_JOBS, ...settings },
      resources: [...declared, ...resources],
      ...(modules ? { modules } : {}),
      ...(versions ? { versions } : {})
    }
  }) // prettier-ignore
