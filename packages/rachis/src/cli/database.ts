import type { Settings } from '../settings/schema'
import type { Connection } from '../database/connection'
import { postgresql } from '../database/postgresql'
import { configuredApp } from '../settings/settings'
import type { Partly } from '../settings/settings'

/** The database of the settings, without the rest of the application. */
export const connectFromSettings = (over: Partly<Settings> = {}, root?: string): Connection =>
  postgresql(configuredApp(over, root))
