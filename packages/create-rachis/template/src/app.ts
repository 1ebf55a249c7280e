import path from 'path'
import type { AppOptions, Application } from 'rachis'
import { createApp as createRachis } from 'rachis'
import { makeFirstAdministrator } from 'rachis/accounts'
import { modules } from './modules'
import { services } from './services'
import { resources } from './services/resources'

const ROOT = path.join(__dirname, '..')
/** As written, or as compiled beside this file. */
const migrations = path.join(__filename.endsWith('.ts') ? ROOT : __dirname, 'migrations')

/** The application, not yet listening. A new database starts with the administrator of ADMIN_EMAIL and ADMIN_PASSWORD. */
export const createApp = (options: Partial<AppOptions> = {}): Application =>
  createRachis({
    root: ROOT,
    migrations,
    modules,
    resources,
    services,
    seed: (app) => makeFirstAdministrator(app),
    ...options
  })

/** The application of this process, as the tests of generated services import it. */
export const app = createApp()
