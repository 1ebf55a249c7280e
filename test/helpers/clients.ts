import authenticationClient, { MemoryStorage } from '@feathersjs/authentication-client'
import { feathers } from '@feathersjs/feathers'
import type { Application } from '@feathersjs/feathers'
import restClient from '@feathersjs/rest-client'
import socketClient from '@feathersjs/socketio-client'
import { io } from 'socket.io-client'
import type { ManagerOptions, Socket, SocketOptions } from 'socket.io-client'
import type { Json, World } from './world'
import { PASSWORD } from './world'

/** Its services are as untyped as what arrives over a wire. */
export type Client = Omit<Application<any>, 'service'> & { io?: Socket; service(path: string): any }
export type Transport = 'rest' | 'socket'
const FEATHERS_METHODS = ['find', 'get', 'create', 'update', 'patch', 'remove']

/** The official Feathers clients of one world, over either transport. */
export class Clients {
  private readonly sockets: Socket[] = []
  private count = 0

  /** `methods`: the custom methods that the clients know, by service. */
  constructor(
    private readonly world: () => World,
    private readonly methods: Readonly<Record<string, readonly string[]>>
  ) {}

  /** A client with a storage of its own: the default one would be shared by every client of the process. */
  connect(transport: Transport, storage = new MemoryStorage()): Client {
    const client = feathers<any>()
    const connection =
      transport === 'rest'
        ? restClient(`${this.world().url}/api/v1`).fetch(fetch)
        : socketClient(this.socket({ reconnectionDelay: 10 }))
    client.configure(connection)
    for (const [path, methods] of Object.entries(this.methods))
      client.use(path, (connection as any).service(path), { methods: [...FEATHERS_METHODS, ...methods] })

    return client.configure(authenticationClient({ storage }))
  }

  socket(options: Partial<ManagerOptions & SocketOptions>): Socket {
    const socket = io(this.world().url, { transports: ['websocket'], forceNew: true, ...options })
    this.sockets.push(socket)

    return socket
  }

  person() {
    const username = `client${++this.count}`
    return { email: `${username}@example.com`, username, password: PASSWORD }
  }

  async signedIn(transport: Transport, someone = this.person()): Promise<[client: Client, user: Json]> {
    const client = this.connect(transport)
    await client.service('users').create(someone)
    const { user } = await client.authenticate({ strategy: 'local', ...someone })

    return [client, user]
  }

  close() {
    for (const socket of this.sockets) socket.disconnect()
  }
}
