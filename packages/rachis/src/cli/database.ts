import type { Settings } from '../declare/declarations'
import type { Connection } from '../database/connection'
import { postgresql } from '../database/postgresql'
import { configuredApp } from '../settings/settings'
import type { Partly } from '../settings/merge'

/** The database of the settings, without the rest of the application. */
export const connectFromSettings = (config: Partly<Settings> = {}, root?: string): Connection =>
  postgresql(configuredApp({ config, root }))
