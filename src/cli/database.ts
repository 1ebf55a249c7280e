import type { Connection } from '../database/connection'
import { postgresql } from '../postgresql'
import { configuredApp } from '../settings'

/** The database of the settings, without the rest of the application. */
export const connectFromSettings = (): Connection => postgresql(configuredApp())
