import * as bcrypt from '@node-rs/bcrypt'
import type { Server } from 'socket.io'
import type { SessionAuthentication } from './authentication'
import { authentication } from './authentication'
import { emitter, Members } from './channels'
import { audienceCompiler } from './compilers/audience'
import type { Model } from './compilers/model'
import { targetOf } from './compilers/resource-service'
import type { Change } from './changes/change'
import { Realtime } from './changes/consumers/realtime'
import { changeRights } from './changes/consumers/rights'
import { SessionCache } from './changes/consumers/sessions'
import { Feed } from './changes/feed'
import { Listener } from './changes/listener'
import type { Connection } from './database/connection'
import { createDatabase } from './database/query'
import type { Application, Principal } from './declarations'
import type { Logger } from './logger'
import { register } from './register'

/** The running parts behind the services: the feed, and who consumes it. */
export interface Engine {
  readonly members: Members
  readonly feed: Feed
  start(): Promise<void>
  stop(): Promise<void>
}

/** Registers every model and wires the feed to its consumers. */
export const engine = (app: Application, models: readonly Model[], connection: Connection, logger: Logger): Engine => {
  const database = createDatabase(connection.knex)
  const onError = (error: unknown) => logger.error({ err: error }, 'The change feed could not be read')
  const feed = new Feed({ database, pollInterval: app.get('feed').poll_interval, onError })
  const listener = new Listener(connection.config, () => feed.wake())
  const sessions = new SessionCache(app.get('auth').cache_ttl)
  const wake = () => {
    feed.wake()
    listener.notify()
  }
  const hash = (password: string) => bcrypt.hash(password, { cost: app.get('auth').bcrypt_cost })
  for (const model of models) register(app, model, { database, knex: connection.knex, hash, wake })
  const auth = authentication(app, sessions)

  const emit = emitter(() => (app as unknown as { io?: Server }).io)
  const realtime = new Realtime(new Map(models.map((model) => [model.name, model])), emit)
  const audienceOf = audienceCompiler(models)
  const members = new Members(realtime, audienceOf)
  const tables = models.filter(({ table }) => table)
  const targets = new Map(tables.map((model) => [model.name, targetOf(model)]))
  const tell = changeRights({ models: tables, targets, database, realtime, emit, position: () => feed.position })

  feed.consume((changes) => sessions.consume(changes))
  feed.consume((changes) => realtime.consume(changes))
  feed.consume(rightsConsumer(auth, members, async (member, user) => {
    const [from, to] = [{ user: member.user, audience: member.audience }, { user, audience: audienceOf(user) }]
    member.user = user
    if (user) member.connection.user = user as Principal
    else Object.assign(member.connection, { user: undefined, authentication: undefined })
    await tell(member, from, to)
  })) // prettier-ignore

  return {
    members,
    feed,
    async start() {
      await feed.start()
      await listener.start()
    },
    async stop() {
      await listener.stop()
      await feed.stop()
    }
  }
}

type Member = ReturnType<Members['ofUser']>[number]
type Apply = (member: Member, user: Principal | null) => Promise<void>

/** Users and sessions that changed, and what that means for the sockets that are signed in as them. */
const rightsConsumer = (auth: SessionAuthentication, members: Members, apply: Apply) => async (changes: readonly Change[]) => {
  for (const { resource, record_id, event } of changes) {
    if (event === 'created' || (resource !== 'users' && resource !== 'sessions')) continue
    for (const member of concerned(members, resource, record_id)) await apply(member, await userNow(auth, member))
  }
}

const concerned = (members: Members, resource: string, id: string): Member[] =>
  resource === 'users' ? members.ofUser(id) : members.ofSession(id)

/** Whom the member's token now stands for. */
const userNow = async (auth: SessionAuthentication, { connection }: Member): Promise<Principal | null> => {
  const authentication = { strategy: 'jwt', ...connection.authentication }
  const found = await auth.authenticate(authentication, {}, 'jwt').catch(() => undefined)

  return (found?.user as Principal | undefined) ?? null
}
