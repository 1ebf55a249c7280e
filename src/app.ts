import path from 'path'
import type { AppOptions, Application } from 'rachis'
import { createApp as createRachis } from 'rachis'
import { errors } from './errors'
import { modules } from './modules'
import { seed } from './seed'
import { services } from './services'
import { resources } from './services/resources'
import { settings } from './settings'

const ROOT = path.join(__dirname, '..')
/** As written, or as compiled beside this file. */
export const migrations = path.join(__filename.endsWith('.ts') ? ROOT : __dirname, 'migrations')

/** The shop, the tasks and the stores on the engine, not yet listening. */
export const createApp = (options: Partial<AppOptions> = {}): Application =>
  createRachis({ root: ROOT, migrations, modules, resources, settings, errors, services, seed, ...options })

/** The application of this process, as the tests of generated services import it. */
export const app = createApp()
