import path from 'path'
import type Configuration from '@feathersjs/configuration'
import { feathers } from '@feathersjs/feathers'
import type { TObject } from '@feathersjs/typebox'
import { koa } from '@feathersjs/koa'
import Koa from 'koa'
import type { Application, Settings } from '../declare/declarations'
import { validateSettings } from './configuration'
import type { SettingsDeclaration } from './declaration'
import { schemaOf } from './declaration'
import { fromEnvironment, readTexts, strayVariables, variablesOf } from './environment'
import { logger } from '../util/logger'
import type { Partly } from './merge'
import { merged } from './merge'
import { engineSettings } from './schema'

/** The database is that of the project's folder, wherever the process is started from. */
const dataDir = ({ database: { data_dir } }: Settings, root: string): string =>
  data_dir && path.resolve(root, data_dir)

/** An IPv6 address as a URL writes it, without its brackets: the system knows it by no other name. */
const hostOf = ({ host }: Settings): string => host.replace(/^\[(.*)\]$/, '$1')

/** node-config reads the folder that the environment names when it is loaded, and then never again. */
const configurationOf = (root: string) => {
  process.env.NODE_CONFIG_DIR ??= path.join(root, 'config')
  // A project without a folder config/ has its settings from the declarations and the environment.
  process.env.SUPPRESS_NO_CONFIG_WARNING ??= 'true'
  try {
    return require('@feathersjs/configuration') as typeof Configuration
  } catch (error) {
    // The message names the file or the variable that cannot be read; the stack is only that of the parser.
    throw new Error(`The configuration cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

export interface ConfiguredOptions {
  /** Of the modules and of the application; those of the engine are always there. */
  readonly declarations?: readonly SettingsDeclaration[]
  /** Values that differ from config/ and the environment. */
  readonly config?: Partly<Settings>
  /** The project's folder; by default the working directory. */
  readonly root?: string
  readonly server?: (http: () => Settings['http'] & Pick<Settings, 'trust_proxy'>) => Koa
}

/** The values of the declarations, of config/ and of the environment, each over those before. */
const valuesOf = (declarations: readonly SettingsDeclaration[], configured: object): Settings => {
  const declared = declarations.map(({ defaults = {} }) => defaults)
  const variables = declarations.map((one) => one.variables ?? {})
  const folder = process.env.NODE_CONFIG_DIR!
  // node-config freezes what it hands out.
  const layers = [...declared, JSON.parse(JSON.stringify(configured)) as object, fromEnvironment(variables, folder)] // prettier-ignore

  return readTexts(
    schemaOf(declarations),
    layers.reduce((all, one) => merged(all, one), {})
  ) as Settings
}

let areTold = false
/** A slip in a name changes nothing, and nobody would notice before it matters. Said once: the command line reads the settings several times. */
const warnOfStray = (declarations: readonly SettingsDeclaration[], known: readonly string[]) => {
  const prefixes = declarations.flatMap((one) => one.prefixes ?? [])
  if (areTold) return
  areTold = true
  for (const { name, meant } of strayVariables(prefixes, known))
    logger.warn(`No setting reads the variable ${name}${meant ? `; did you mean ${meant}?` : ''}`)
}

/**
 * A Feathers application that knows its settings, checked, and nothing else yet.
 *
 * @throws {Error} that lists each setting that is wrong
 */
export const configuredApp = ({
  declarations: added = [],
  config = {},
  root = process.cwd(),
  server = () => new Koa()
}: ConfiguredOptions = {}): Application => {
  const app: Application = koa(
    feathers(),
    server(() => ({ ...app.get('http'), trust_proxy: app.get('trust_proxy') }))
  )
  app.configure(configurationOf(root)())
  const declarations = [engineSettings, ...added]
  const found = valuesOf(declarations, app.settings)
  const database = { ...found.database, data_dir: dataDir(found, root) }
  const settings = merged<Settings>({ ...found, database }, config)
  const variables = variablesOf(
    process.env.NODE_CONFIG_DIR!,
    declarations.map((one) => one.variables ?? {})
  )
  const checked = {
    ...validateSettings(settings, { declarations, variables }),
    host: hostOf(settings)
  }
  app.set('settingsSchema', schemaOf(declarations))
  warnOfStray(declarations, Object.values(variables))
  for (const [name, value] of Object.entries(checked)) app.set(name as keyof Settings, value as never)

  return app
}

declare module '../declare/declarations' {
  interface Configuration {
    /** Of all declared settings. */
    settingsSchema: TObject
  }
}
