import { once } from 'events'
import type { AddressInfo } from 'net'
import { authenticate, AuthenticationService, JWTStrategy } from '@feathersjs/authentication'
import { LocalStrategy } from '@feathersjs/authentication-local'
import { feathers } from '@feathersjs/feathers'
import type { HookContext, NextFunction, Params, RealTimeConnection } from '@feathersjs/feathers'
import { KnexService } from '@feathersjs/knex'
import { bodyParser, cors, errorHandler, koa, parseAuthentication, rest, serveStatic } from '@feathersjs/koa'
import type { Application } from '@feathersjs/koa'
import { hooks as schemaHooks } from '@feathersjs/schema'
import socketio from '@feathersjs/socketio'
import '@feathersjs/transport-commons'
import knex from 'knex'
import type { Knex } from 'knex'
import { types } from 'pg'
import type { Contender, Start } from '../harness/contender'
import { products, tasks, users } from './feathers-schemas'
import type { Schemas } from './feathers-schemas'
import { NO_HEARTBEAT } from './shared'

// Without these two, ids and prices would be strings, which no generated schema takes.
types.setTypeParser(20, Number)
types.setTypeParser(1700, Number)

interface Task {
  readonly user_id: number
}

/** A plain Feathers application, as its CLI writes one: koa, knex, TypeBox, local and JWT authentication, channels. */
const createApp = (databaseUrl: string, variant: string): Application => {
  const app: Application = koa(feathers())
  app.set('paginate', { default: 10, max: 50 })
  app.set('authentication', authenticationOptions())
  app.use(cors())
  app.use(serveStatic(__dirname))
  app.use(errorHandler())
  app.use(parseAuthentication())
  app.use(bodyParser())
  app.configure(rest())
  app.configure(socketio({ ...NO_HEARTBEAT, cors: { origin: ['http://localhost:3030'] } }))
  const Model = knex({ client: 'pg', connection: databaseUrl })
  app.set('postgresqlClient', Model)
  app.configure(authentication)
  addService(app, Model, 'users', users, true)
  addService(app, Model, 'products', products, false)
  addService(app, Model, 'tasks', tasks, true)
  app.configure(variant === 'rooms' ? channelsByUser : channels)
  app.hooks({ around: { all: [logError] }, before: {}, after: {}, error: {} })

  return app
}

const authenticationOptions = () => ({
  entity: 'user',
  service: 'users',
  secret: process.env.SECRET_KEY!,
  authStrategies: ['jwt', 'local'],
  jwtOptions: {
    header: { typ: 'access' },
    audience: 'https://yourdomain.com',
    algorithm: 'HS256',
    expiresIn: '1d'
  },
  local: { usernameField: 'email', passwordField: 'password' }
})

const authentication = (app: Application) => {
  const service = new AuthenticationService(app)
  service.register('jwt', new JWTStrategy())
  service.register('local', new LocalStrategy())
  app.use('authentication', service)
}

const addService = (app: Application, Model: Knex, name: string, schemas: Schemas, isPrivate: boolean) => {
  const methods = ['find', 'get', 'create', 'patch', 'remove']
  app.use(name, new KnexService({ Model, name, paginate: app.get('paginate') }), { methods, events: [] })
  app.service(name).hooks({
    around: {
      all: [
        ...(isPrivate ? [authenticate('jwt')] : []),
        schemaHooks.resolveExternal(schemas.externalResolver),
        schemaHooks.resolveResult(schemas.resultResolver)
      ]
    },
    before: {
      all: [
        schemaHooks.validateQuery(schemas.queryValidator),
        schemaHooks.resolveQuery(schemas.queryResolver)
      ],
      create: [
        schemaHooks.validateData(schemas.dataValidator),
        schemaHooks.resolveData(schemas.dataResolver)
      ],
      patch: [
        schemaHooks.validateData(schemas.patchValidator),
        schemaHooks.resolveData(schemas.patchResolver)
      ]
    },
    after: { all: [] },
    error: { all: [] }
  })
}

/** The CLI's channels, with the filter that Feathers' documentation gives for data of one owner. */
const channels = (app: Application) => {
  app.on('connection', (connection: RealTimeConnection) => app.channel('anonymous').join(connection))
  app.on('login', (_result: unknown, { connection }: Params) => {
    if (!connection) return
    app.channel('anonymous').leave(connection)
    app.channel('authenticated').join(connection)
  })
  app
    .service('tasks')
    .publish((task: Task) =>
      app.channel('authenticated').filter(({ user }) => (user as { id: number }).id === task.user_id)
    )
}

/** The faster way that Feathers has: a channel for each user. */
const channelsByUser = (app: Application) => {
  app.on('connection', (connection: RealTimeConnection) => app.channel('anonymous').join(connection))
  app.on('login', (_result: unknown, { connection }: Params) => {
    if (!connection) return
    app.channel('anonymous').leave(connection)
    app.channel(`users/${(connection.user as { id: number }).id}`).join(connection)
  })
  app.service('tasks').publish((task: Task) => app.channel(`users/${task.user_id}`))
}

const logError = async (_context: HookContext, next: NextFunction) => {
  try {
    await next()
  } catch (error) {
    console.error(error)
    throw error
  }
}

export const start: Start = async (databaseUrl, variant): Promise<Contender> => {
  const app = createApp(databaseUrl, variant)
  const server = await app.listen(0, '127.0.0.1')
  if (!server.listening) await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const service = app.service('authentication') as unknown as AuthenticationService

  return {
    url: `http://127.0.0.1:${port}`,
    tokens: (ids) => Promise.all(ids.map((id) => service.createAccessToken({}, { subject: String(id) }))),
    async stop() {
      await app.teardown()
      await (app.get('postgresqlClient') as Knex).destroy()
    }
  }
}
