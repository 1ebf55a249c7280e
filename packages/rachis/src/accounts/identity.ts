import type { IncomingHttpHeaders } from 'http'
import type { AuthenticationRequest } from '@feathersjs/authentication'
import type { ServerResponse } from 'http'
import { decode } from 'jsonwebtoken'
import type { Application, Principal } from '../declare/declarations'
import type { ModuleContext, ModuleIdentity } from '../module'
import { affectedUsers, membershipsOf } from '../rules/memberships'
import { selectMemberships } from '../sql/memberships'
import type { Credential, CredentialFacts, UndeclaredCall } from '../rules/identity'
import { SessionAuthentication } from './authentication'
import { credentialOf as changedCredential, SessionCache } from './consumers/sessions'

const BEARER = /^Bearer ([\w.-]+)$/

/** What can come with a call. Each is made from its request by the server: nobody can ask for `signed_link` by name. */
const STRATEGIES = ['jwt', 'api_key', 'signed_link']

/** What can keep a connection open. */
const LASTING = ['jwt', 'api_key']

/** What Feathers keeps for a socket of its token or its key. */
interface Kept {
  readonly accessToken?: string
  readonly api_key?: string
  readonly id?: number
  readonly exp?: number
}

const factsOf = (credential: Credential = {}): CredentialFacts => {
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

/** Reads what a user is a member of: one statement, however many memberships are declared. */
const membershipReader = ({ models, database }: ModuleContext) => {
  const memberships = membershipsOf(models)

  return async (id: number): Promise<object> => {
    if (memberships.length === 0) return {}
    const [row] = await database.query(selectMemberships(memberships, id))
    return row!
  }
}

const authenticationFor = (context: ModuleContext): SessionAuthentication => {
  const { app, models } = context
  const sessions = new SessionCache(app.get('auth').cache_ttl, affectedUsers(models))

  return new SessionAuthentication(app, sessions, membershipReader(context))
}

const register = (app: Application, service: SessionAuthentication) =>
  app.use('authentication' as never, service as never, { methods: ['create', 'remove'] })

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
    credentialOf: factsOf,
    changedRecord: changedCredential,
    operationOf,
    register: (name, strategy) => service.register(name, strategy)
  }
}
