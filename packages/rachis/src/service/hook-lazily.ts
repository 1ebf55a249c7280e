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
import { getManager, hooks } from '@feathersjs/hooks'

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

/** Makes a property's value when it is first read. It can be replaced before and afterwards. */
const defineLazily = (target: object, name: string, make: () => unknown) => {
  const replace = (value: unknown) =>
    Object.defineProperty(target, name, { value, configurable: true, enumerable: true, writable: true })
  const get = () => {
    const value = make()
    replace(value)
    return value
  }
  Object.defineProperty(target, name, { get, set: replace, configurable: true, enumerable: true })
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
    defineLazily(service, method, () => {
      const manager = new FeathersHookManager(this, method)
        .params(...((defaultServiceArguments as Record<string, string[]>)[method] ?? ['data', 'params']))
        .props(contextOf({ app: this, path, method, service }))
      return hooks(plain as () => void, manager)
    })
  }
  service.hooks = taking(enableHooks(service)) as never

  return service
}

/** To be called before services are registered. */
export const hookServicesLazily = (app: Pick<FeathersApplication, 'mixins'>): void => {
  const mixins = app.mixins as unknown[]
  mixins[mixins.indexOf(hookMixin)] = hookLazily
}
