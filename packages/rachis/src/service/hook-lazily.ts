import type {
  Application as FeathersApplication,
  FeathersService,
  ServiceOptions
} from '@feathersjs/feathers'
import {
  defaultServiceArguments,
  enableHooks,
  FeathersHookManager,
  getHookMethods,
  hookMixin
} from '@feathersjs/feathers'
import { functionHooks, getManager, hooks, HOOKS } from '@feathersjs/hooks'

type Method = (...args: never[]) => unknown
type Methods = Record<string, Method>
type Middleware = Parameters<FeathersHookManager<unknown>['middleware']>[0]
/** What a call's context knows before its hooks run, as Feathers' own mixin has it. */
interface Call {
  http?: { status?: number }
}

const contextOf = (known: object) => ({
  ...known,
  event: null,
  type: 'around',
  get statusCode(): number | undefined {
    return (this as Call).http?.status
  },
  set statusCode(value: number | undefined) {
    const call = this as Call
    call.http ??= {}
    call.http.status = value
  }
})

/** What others ask of a method that has hooks: Feathers itself, and programs that call with a context of their own. */
const ASKED = [HOOKS, 'original', 'Context', 'createContext'] as const

/** A method that has hooks, whose chain is made when it is first called or asked for. */
const lazily = (plain: Method, make: () => Method): Method => {
  let made: Method | undefined
  const hooked = () => (made ??= make())
  function method(this: unknown, ...args: never[]): unknown {
    return hooked().apply(this, args)
  }
  const { name, length } = plain
  Object.defineProperties(method, { name: { value: name }, length: { value: length } })
  for (const key of ASKED) {
    const get = () => Reflect.get(hooked(), key) as unknown
    Object.defineProperty(method, key, { get, configurable: true, enumerable: true })
  }

  return method
}

const managerOf = (method: string, hooked: unknown): FeathersHookManager<unknown> => {
  const manager: unknown = getManager(hooked)
  if (manager instanceof FeathersHookManager) return manager as FeathersHookManager<unknown>
  throw new Error(`Method ${method} is not a Feathers hooks enabled service method`)
}

/** Takes hooks in each of the forms that Feathers knows. */
const taking = (register: ReturnType<typeof enableHooks>) =>
  function (this: FeathersService, given: Record<string, unknown> | Middleware) {
    if (Array.isArray(given)) return hooks(this, given)
    if (given.before || given.after || given.error || given.around) return register.call(this as never, given)
    const methods = this as unknown as Methods
    for (const [method, middleware] of Object.entries(given))
      managerOf(method, methods[method]).middleware(middleware as Middleware)

    return this
  }

/**
 * What Feathers' `hookMixin` does, but each method gets its chain of hooks when it is first asked for, and not all of them while the application is
 * made: they are hundreds, each with a class of its own for its contexts, and took a fifth of that time.
 */
function hookLazily(
  this: FeathersApplication,
  service: FeathersService,
  path: string,
  options: ServiceOptions
): FeathersService {
  if (typeof service.hooks === 'function') return service
  const methods = service as unknown as Methods
  for (const method of getHookMethods(service, options)) {
    const plain = methods[method]
    if (typeof plain !== 'function') throw new Error(`Can not apply hooks. '${method}' is not a function`)
    methods[method] = lazily(plain, () => {
      const manager = new FeathersHookManager(this, method)
        .params(...((defaultServiceArguments as Record<string, string[]>)[method] ?? ['data', 'params']))
        .props(contextOf({ app: this, path, method, service }))
      return functionHooks(plain as () => void, manager) as Method
    })
  }
  service.hooks = taking(enableHooks(service)) as never

  return service
}

/**
 * To be called before services are registered.
 *
 * @throws {Error} where the application does not have Feathers' own mixin
 */
export const hookServicesLazily = (app: Pick<FeathersApplication, 'mixins'>): void => {
  const mixins = app.mixins as unknown[]
  const place = mixins.indexOf(hookMixin)
  if (place < 0) throw new Error('This version of Feathers puts hooks around services in another way')
  mixins[place] = hookLazily
}
