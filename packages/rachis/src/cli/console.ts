import { start } from 'repl'
import type { REPLServer } from 'repl'
import { inspect } from 'util'
import type { Application, Principal } from '../declare/declarations'
import { ApiError } from '../errors/errors'
import { userFrom } from './caller'
import { print } from './print'
import type { Project } from './project'

/** The application as somebody calls it: under their rules, as over a transport. */
export interface Caller {
  readonly user: Principal
  service(path: string): unknown
}

type Methods = Record<string, (...args: unknown[]) => unknown>

/** Which of the arguments are the params, that is the last one: by the methods of Feathers; of others there is an input before. */
const PARAMS_AT: Readonly<Record<string, number>> = {
  find: 0, get: 1, remove: 1, create: 1, update: 2, patch: 2
} // prettier-ignore

/** A service whose methods are called with the caller's params. `query` may be given behind the other arguments, as Feathers' clients have it. */
const serviceAs = (service: Methods, params: object): Methods =>
  new Proxy(service, {
    get: (target, name: string) => {
      const method = target[name]
      if (typeof method !== 'function') return method
      return (...args: unknown[]) => {
        const at = PARAMS_AT[name] ?? 1
        const given = Array.from({ length: at }, (_, index) => args[index])

        return method.call(target, ...given, { ...(args[at] as object | undefined), ...params })
      }
    }
  })

/** @throws {Error} where there is no such user; ApiError with status 401 for one who cannot sign in */
const callerOf = async (app: Application, name: string): Promise<Caller> => {
  const user = await userFrom(app, name)
  if (!user) throw new Error(`Type an email address or the id of a user: as('user@example.com')`)
  const params = { provider: 'console', user, authenticated: true }

  return { user, service: (path) => serviceAs(app.service(path as never) as unknown as Methods, params) }
}

const HELP = `app                                  the application; nothing listens
services                             the names of its services
await service('tasks').find()        a call of the server itself, which no rule holds up
ann = await as('ann@example.com')    a user, by their email address or id: { user, service }
await ann.service('tasks').find()    a call under that user's rules
await sql('select 1')                rows
_error                               the last error that a call was answered with
.exit                                ends it
`

const contextOf = (app: Application) => ({
  app,
  services: Object.keys(app.services as object).sort(),
  service: (path: string) => app.service(path as never) as unknown,
  as: (name: string) => callerOf(app, name),
  sql: async (text: string, values: unknown[] = []) =>
    (await app.get('postgresqlClient').raw<{ rows: unknown[] }>(text, values as never)).rows
})

/** How values are shown: a refusal as clients see it, without the place in the engine where it was made. `_error` is the error itself. */
const show = (value: unknown): string =>
  inspect(value instanceof ApiError ? value.toJSON().error : value, { colors: hasColors() })
const hasColors = () => process.stdout.isTTY && !process.env.NO_COLOR

const ended = (repl: REPLServer) => new Promise<void>((resolve) => void repl.once('exit', resolve))

/**
 * A prompt of JavaScript with the application, its database open.
 *
 * @example npm run console
 */
export const consoleCommand = async ({ load }: Project): Promise<void> => {
  const { app } = await load()
  try {
    await app.setup()
    print(HELP)
    const repl = start({ prompt: 'rachis> ', useGlobal: true, writer: show })
    Object.assign(repl.context, contextOf(app))
    await ended(repl)
  } finally {
    await app.teardown()
  }
  process.exit()
}
