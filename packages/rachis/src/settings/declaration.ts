import { rememberLast } from '../util/remember-last'
import { Type } from '@feathersjs/typebox'
import type { Static, TObject, TProperties } from '@feathersjs/typebox'
import type { Settings } from '../declare/declarations'

/** The variable of the environment for each setting that has one, nested as the settings are. */
export interface Variables {
  readonly [setting: string]: string | Variables
}

/**
 * Settings of the engine, of a module or of an application. What `config/` and the environment say is merged over `defaults`, and the
 * whole is checked before anything starts.
 */
export interface SettingsDeclaration<T extends TObject = TObject> {
  /** The settings by the names that they have at the top of `config/`, such as `auth`. */
  readonly schema: T
  /** The value of each setting that config/ does not name. A setting without a value in either place stops the start. */
  readonly defaults?: object
  /** The variables of the environment; `config/custom-environment-variables.json` may name others. */
  readonly variables?: Variables
  /** How names of its variables begin that are nobody else's, such as `BILLING_`: others that begin so are told at start as misspelt. */
  readonly prefixes?: readonly string[]
  /**
   * What no schema can say. It runs once all settings fit their schemas, and answers a sentence for each one that is wrong: its
   * name, what is wrong with it and what to set instead.
   */
  readonly problems?: (settings: Settings, isProduction: boolean) => readonly string[]
}

/**
 * A list of texts that the environment writes with commas: `a, b` is `['a', 'b']`.
 *
 * @example CommaList() // { type: 'array', items: { type: 'string' }, separator: ',' }
 */
export const CommaList = () => Type.Array(Type.String(), { separator: ',' })

/**
 * Declares settings; `declare module 'rachis' { interface Settings … }` types them for `app.get`.
 *
 * @example
 * const schema = Type.Object({ billing: Type.Object({ currency: Type.String({ pattern: '^[A-Z]{3}$' }) }) })
 * const settings = defineSettings({ schema, defaults: { billing: { currency: 'USD' } }, variables: { billing: { currency: 'CURRENCY' } } })
 * createApp({ resources: [], settings }).get('billing').currency // 'USD', or what config/ or CURRENCY says
 */
export const defineSettings = <T extends TObject>(
  declaration: SettingsDeclaration<T> & { readonly defaults?: Partial<Static<T>> }
): SettingsDeclaration<T> => declaration

/**
 * One schema of several declarations.
 *
 * @throws {Error} where two of them declare a setting of one name
 */
export const schemaOf = rememberLast((declarations: readonly SettingsDeclaration[]): TObject => {
  const properties: TProperties = {}
  for (const [name, schema] of declarations.flatMap((one) => Object.entries(one.schema.properties))) {
    if (Object.hasOwn(properties, name)) throw new Error(`The setting ${name} is declared twice`)
    properties[name] = schema
  }

  return Type.Object(properties)
})
