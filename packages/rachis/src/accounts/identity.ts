import type { IncomingHttpHeaders } from 'http'
import type { AuthenticationRequest } from '@feathersjs/authentication'
import type { ServerResponse } from 'http'
import { decode } from 'jsonwebtoken'
import type { Application, Principal } from '../declare/declarations'
import { emailOf } from '../declare/email'
import { ApiError } from '../errors/errors'
import type { ModuleContext, ModuleIdentity } from '../module'
import { affectedUsers, membershipsOf } from '../rules/memberships'
import { selectMemberships, selectMembershipsOf } from '../sql/memberships'
import type { Credential, CredentialFacts, UndeclaredCall } from '../rules/identity'
import { SessionAuthentication } from './authentication'
import type { On, ReadMemberships } from './look-ups'
import { lookUps } from './look-ups'
import type { TicketCredential } from './event-tickets'
import { redeemTicket } from './event-tickets'
import { credentialOf as changedCredential, SessionCache } from './consumers/sessions'

const BEARER = /^Bearer ([\w.-]+)$/

/** What can come with a call. Each is made from its request by the server: nobody can ask for the last two by name. */
const STRATEGIES = ['jwt', 'api_key', 'signed_link', 'event_ticket']

/** What can keep a connection open. */
const LASTING = ['jwt', 'api_key', 'event_ticket']

/** What Feathers keeps for a socket of its token or its key. */
interface Kept {
  readonly accessToken?: string
  readonly api_key?: string
  readonly id?: number
  readonly exp?: number
}

const factsOfTicket = (credential: TicketCredential): CredentialFacts => {
  const { session_id, api_key_id, exp } = credential
  const record = session_id === null ? `api_keys/${api_key_id}` : `sessions/${session_id}`

  return { name: `ticket of ${record} until ${exp}`, record, exp }
}

const factsOf = (credential: Credential = {}): CredentialFacts => {
  if ('session_id' in credential) return factsOfTicket(credential as TicketCredential)
  const { accessToken, api_key, id, exp } = credential as Kept
  if (accessToken === undefined) return { name: api_key ?? String(id), record: `api_keys/${id}`, exp }
  const claims = (decode(accessToken) ?? {}) as { sid?: string; exp?: number }

  return { name: accessToken, record: `sessions/${claims.sid}`, exp: claims.exp }
}

/** Feathers' own way to sign in with a password is `auth.login` under another name. */
const operationOf = ({ path, method, data }: UndeclaredCall) => {
  const isLogin = path === 'authentication' && method === 'create'

  return isLogin && (data as { strategy?: unknown } | null)?.strategy === 'local' ? 'auth.login' : undefined
}

/** A bearer token as Feathers' strategy would find it, with nothing beside it that other strategies would look at. */
const usualCredential = (headers: IncomingHttpHeaders): Credential | null | undefined => {
  const { authorization } = headers
  if (headers['x-api-key'] !== undefined || headers.cookie !== undefined) return undefined
  if (authorization === undefined) return null
  const accessToken = BEARER.exec(authorization)?.[1]

  return accessToken === undefined ? undefined : { strategy: 'jwt', accessToken }
}

/** Whose rights hold where a request brings two credentials would be a guess. Cookies come along by themselves and do not count. */
const assertAlone = ({ authorization, 'x-api-key': key }: IncomingHttpHeaders) => {
  if (authorization === undefined && key === undefined) return
  throw new ApiError('BAD_REQUEST', { field: 'ticket', message: 'Send a ticket without another credential' })
}

/** Reads what users are members of: one statement, however many memberships are declared. That of one user is the same each time. */
const membershipReader = ({ models, database }: ModuleContext): ReadMemberships => {
  const memberships = membershipsOf(models)
  const readOne = async (id: number, { transaction }: On) => {
    const [row] = await database.query(selectMemberships(memberships, id), transaction?.trx)
    return new Map([[id, row!]])
  }
  const readAll = async (ids: readonly number[], { transaction }: On) => {
    const rows = await database.query(selectMembershipsOf(memberships, ids), transaction?.trx)
    return new Map(rows.map(({ $user, ...lists }) => [$user as number, lists]))
  }

  return async (ids, on) => {
    if (memberships.length === 0) return new Map()
    return ids.length === 1 ? readOne(ids[0]!, on) : readAll(ids, on)
  }
}

const authenticationFor = (context: ModuleContext): SessionAuthentication => {
  const { app, models } = context
  const sessions = new SessionCache(app.get('auth').cache_ttl, affectedUsers(models))

  return new SessionAuthentication(app, sessions, lookUps(app, membershipReader(context)))
}

const register = (app: Application, service: SessionAuthentication) =>
  app.use('authentication' as never, service as never, { methods: ['create', 'remove'] })

const userIdOf = async ({ knex }: ModuleContext, email: string): Promise<number | undefined> => {
  const found = await knex<{ id: number; email: string }>('users')
    .where({ email: emailOf(email) ?? email })
    .first('id')

  return found?.id
}

/** Users, their sessions and their API keys as who calls: Feathers' authentication service, which is registered by this. */
export const accountsIdentity = (context: ModuleContext): ModuleIdentity => {
  const { app } = context
  const service = authenticationFor(context)
  register(app, service)

  return {
    usesCookies: app.get('auth').cookies.enabled,
    expiryWarning: app.get('auth').expiry_warning,
    parse(request, response) {
      const { parseStrategies = [] } = service.configuration
      return service.parse(request, response as ServerResponse, ...parseStrategies)
    },
    parseUsual: ({ headers }) => usualCredential(headers),
    known: (credential) => service.known(credential),
    async authenticate(credential, params) {
      const { user } = await service.authenticate(credential as AuthenticationRequest, params, ...STRATEGIES)
      return user as Principal
    },
    async connect(connection, credential, params) {
      const result = await service.authenticate(credential as AuthenticationRequest, params, ...LASTING)
      await service.handleConnection('login', connection, result)
    },
    async principalOf(name) {
      const id = /^\d{1,15}$/.test(name) ? Number(name) : await userIdOf(context, name)
      return id === undefined ? undefined : service.principalOf(id)
    },
    credentialOf: factsOf,
    changedRecord: changedCredential,
    operationOf,
    async redeemTicket(ticket, { headers }) {
      assertAlone(headers)
      return redeemTicket(context.knex, ticket)
    },
    register: (name, strategy) => service.register(name, strategy)
  }
}
