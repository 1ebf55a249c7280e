import path from 'path'
import type { AppOptions } from '../create-app'
import type { Application, Settings } from '../declare/declarations'
import type { Partly } from '../settings/merge'
import type { Install } from './databases'
import { templateOf, testServer } from './databases'

/** Makes the application as it is served, with what a test has otherwise. */
export type CreateApp = (options?: Partial<AppOptions>) => Application

interface Prepared {
  readonly server: string
  readonly template: string
  readonly config: Partly<Settings>
}
const prepared = new WeakMap<CreateApp, Promise<Prepared>>()

/** Tests come from one address and sign in often: no limits, unless a test asks for them, and hashes that take no time. */
const lenient = (app: Application): Partly<Settings> => {
  const { limits } = (app.get('auth') as Settings['auth'] | undefined) ?? {}
  const unlimited = Object.keys(limits ?? {}).filter((name) => /_(email|address)$/.test(name)).map((name) => [name, 1_000_000]) // prettier-ignore
  const auth = limits ? { auth: { bcrypt_cost: 4, limits: Object.fromEntries(unlimited) as object } } : {}

  return { rate_limit: { requests: 0 }, ...auth }
}

/** What modules make besides their tables. What is made there already costs the tests no time. */
const installOf =
  (createApp: CreateApp): Install =>
  async (url) => {
    const app = createApp({ config: { database: { url } } })
    await app
      .get('install')()
      .finally(() => app.get('postgresqlClient').destroy())
  }

/** What all tests of an application have in common: an application that is not started opens nothing, and says what it needs. */
const prepare = async (createApp: CreateApp, root: string): Promise<Prepared> => {
  const server = await testServer(path.join(root, '.data/test'))
  const app = createApp({ config: { database: { url: server } } })

  return {
    server,
    template: await templateOf(server, root, app.get('migrations'), installOf(createApp)),
    config: lenient(app)
  }
}

/**
 * What is the same for every test of an application, made once in a process.
 *
 * @param root the project's folder
 */
export const prepareFor = (createApp: CreateApp, root = process.cwd()): Promise<Prepared> => {
  const known = prepared.get(createApp) ?? prepare(createApp, root)
  prepared.set(createApp, known)

  return known
}
