import { Channel } from '@feathersjs/transport-commons'
import { holdsFor } from '../../rules/policy'
import type { User } from '../../rules/policy'
import { permits } from '../../rules/scopes'
import type { Application } from '../../declare/declarations'
import { serviceAt } from '../../declare/service-at'
import { ApiError } from '../../errors/errors'
import type { UserRule } from '../../declare'
import { identify } from './authenticate'
import type { Hook } from './context'
import { isExternal } from './context'

/** Who may call a service that is written by hand, and who hears of it: by what a rule asks of the user. */
export interface ServiceRules {
  /** Of `find` and `get`, and of the service's events. */
  readonly read: UserRule
  readonly create?: UserRule
  /** Of `update` and `patch`. */
  readonly update?: UserRule
  readonly remove?: UserRule
  /** Of methods of the service's own, by their names. */
  readonly methods?: Readonly<Record<string, UserRule>>
}

const RULE_OF = {
  find: 'read', get: 'read', create: 'create', update: 'update', patch: 'update', remove: 'remove'
} as const // prettier-ignore
const isStandard = (method: string): method is keyof typeof RULE_OF => Object.hasOwn(RULE_OF, method)

/** A method that no rule is given for is offered to nobody. */
const ruleFor = (rules: ServiceRules, method: string): UserRule =>
  (isStandard(method) ? rules[RULE_OF[method]] : rules.methods?.[method]) ?? false

const mayCall = (user: User, path: string, method: string, rule: UserRule): boolean => {
  const effect = isStandard(method) && RULE_OF[method] === 'read' ? 'read' : 'write'
  return holdsFor(rule, user) && permits(user, { resource: path, name: method, effect })
}

const requireRule =
  (path: string, rules: ServiceRules): Hook =>
  async (context, next) => {
    const user = context.params.user ?? null
    if (isExternal(context) && !mayCall(user, path, context.method, ruleFor(rules, context.method)))
      throw new ApiError(user ? 'FORBIDDEN' : 'NOT_AUTHENTICATED')

    return next()
  }

interface Ruled {
  hooks(map: object): void
  publish(publisher: () => Promise<Channel>): void
}
const ruled = new WeakSet<object>()

/** A filter of connections that asks for each user once, however many of them are theirs or nobody's. */
const hearers = (hears: (user: User) => boolean) => {
  const answers = new Map<User | undefined, boolean>()

  return ({ user }: { readonly user?: User }): boolean => {
    const known = answers.get(user)
    if (known !== undefined) return known
    const answer = hears(user ?? null)
    answers.set(user, answer)

    return answer
  }
}

/**
 * Gives a service that is written by hand, such as one of `npx feathers generate service`, its rules: calls are refused that no
 * rule allows, and its events go to the sockets of those who may read. Events are Feathers' own: they tell of calls of this
 * process, not of other processes nor of SQL run by hand; for those, declare the resource.
 *
 * @param path the service's path, as in `app.use(path, …)`
 * @example
 * guardService(app, 'gadgets', { read: authenticated, create: role('admin') })
 * // GET /api/v1/gadgets without a token: 401; DELETE, which has no rule: 403 for everybody
 */
export const guardService = (app: Application, path: string, rules: ServiceRules): void => {
  const service = serviceAt<Ruled>(app, path)
  const hears = (user: User) => mayCall(user, path, 'find', rules.read) || mayCall(user, path, 'get', rules.read)
  service.hooks({ around: { all: [identify(), requireRule(path, rules)] } })
  service.publish(async () => {
    const { members, identified } = app.get('engine')
    // Whoever is signed out or loses a role at this moment must not hear it by what they were.
    await identified()
    const connections = members.all().filter(({ isOver }) => !isOver).map(({ connection }) => connection)
    return new Channel(connections.filter(hearers(hears)))
  })
  ruled.add(service)
} // prettier-ignore

/** Services of modules, whose methods ask for the credentials themselves. */
const isOfModule = (app: Application, path: string) =>
  Object.hasOwn(app.get('facts').paths, path.split('/', 1)[0]!)

/** The paths of services that neither a declaration, nor a module, nor `guardService` gives a rule. */
export const servicesWithoutRule = (app: Application, declared: readonly string[]): string[] =>
  Object.entries(app.services)
    .filter(([path, service]) => !declared.includes(path) && !isOfModule(app, path) && !ruled.has(service))
    .map(([path]) => path)

/** Whoever reaches the server may call such a service, and its events reach nobody, which is rarely what its author means. */
export const warnOfServices = (app: Application, models: readonly { readonly path: string }[]): void => {
  const declared = models.map(({ path }) => path)
  for (const path of servicesWithoutRule(app, declared))
    app
      .get('logger')
      .warn(
        { path },
        `The service ${path} has no rule and publishes nothing: declare it, or give it guardService`
      )
}
