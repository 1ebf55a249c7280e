import type { Settings } from '../settings/configuration'
import type { Connection } from '../database/connection'
import { postgresql } from '../database/postgresql'
import { configuredApp } from '../settings/settings'
import type { Partly } from '../settings/settings'

/** The database of the settings, without the rest of the application. */
export const connectFromSettings = (over: Partly<Settings> = {}): Connection =>
  postgresql(configuredApp(over))
