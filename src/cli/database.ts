import type { Settings } from '../configuration'
import type { Connection } from '../database/connection'
import { postgresql } from '../postgresql'
import { configuredApp } from '../settings'
import type { Partly } from '../settings'

/** The database of the settings, without the rest of the application. */
export const connectFromSettings = (over: Partly<Settings> = {}): Connection =>
  postgresql(configuredApp(over))
