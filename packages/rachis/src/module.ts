import type { AnyResource } from './declare'
import type { SettingsDeclaration } from './settings/declaration'

/**
 * A part of an application that somebody else may use too, such as `accounts`. It is a value: making one starts nothing, and each of
 * its parts runs only in an application that lists it, `createApp({ modules: [accounts] })`.
 */
export interface Module {
  /** In snake_case, unique in an application. */
  readonly name: string
  /** Its declarations. They are served as those of the application are, and stand before them. */
  readonly resources?: readonly AnyResource[]
  /** Its settings, checked with all others before anything starts. */
  readonly settings?: SettingsDeclaration
}
