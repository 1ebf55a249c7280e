import path from 'path'
import type Configuration from '@feathersjs/configuration'
import { feathers } from '@feathersjs/feathers'
import { koa } from '@feathersjs/koa'
import { readTexts, variablesOf } from './environment'
import type { Settings } from './schema'
import { settingsSchema } from './schema'
import { validateSettings } from './configuration'
import type { Application } from '../declare/declarations'
import Koa from 'koa'

export type Partly<T> = {
  [K in keyof T]?: T[K] extends readonly unknown[] ? T[K] : T[K] extends object ? Partly<T[K]> : T[K]
}

const isNested = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const merged = <T extends object>(base: T, over: Partly<T> = {}): T => {
  const changes = over as Record<string, unknown>
  const entries = Object.entries({ ...base, ...over }).map(([key, value]) => {
    const inner = (base as Record<string, unknown>)[key]
    return [key, isNested(inner) && isNested(value) ? merged(inner, changes[key] as object) : value]
  })

  return Object.fromEntries(entries) as T
}

/** A list in the environment is one text with commas. */
const listed = (value: unknown): string[] =>
  (typeof value === 'string' ? value.split(',') : (value as string[]))
    .map((item) => item.trim())
    .filter(Boolean)

/** The checkout has one database, wherever it is started from. */
const dataDir = ({ database: { data_dir } }: Settings, root: string): string =>
  data_dir && path.resolve(root, data_dir)

/** An IPv6 address as a URL writes it, without its brackets: the system knows it by no other name. */
const hostOf = ({ host }: Settings): string => host.replace(/^\[(.*)\]$/, '$1')

/** node-config reads the folder that the environment names when it is loaded, and then never again. */
const configurationOf = (root: string) => {
  process.env.NODE_CONFIG_DIR ??= path.join(root, 'config')
  try {
    return require('@feathersjs/configuration') as typeof Configuration
  } catch (error) {
    // A file or a variable that cannot be read is named by the message; the stack is of the parser.
    throw new Error(`The configuration cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

/** A Feathers application that knows its settings, checked, and nothing else yet. */
export const configuredApp = (
  over: Partly<Settings> = {},
  root = process.cwd(),
  server: (http: () => Settings['http']) => Koa = () => new Koa()
): Application => {
  const app: Application = koa(
    feathers(),
    server(() => app.get('http'))
  )
  app.configure(configurationOf(root)())
  // node-config freezes what it hands out.
  const plain: unknown = JSON.parse(JSON.stringify(app.settings))
  const found = readTexts(settingsSchema, plain) as Settings
  const allowed_origins = listed(found.allowed_origins)
  const oauth = { ...found.oauth, redirect_origins: listed(found.oauth.redirect_origins) }
  const database = { ...found.database, data_dir: dataDir(found, root) }
  const settings = merged({ ...found, allowed_origins, oauth, database }, over)
  const variables = variablesOf(process.env.NODE_CONFIG_DIR!)
  const checked = { ...validateSettings(settings, undefined, variables), host: hostOf(settings) }
  for (const [name, value] of Object.entries(checked)) app.set(name as keyof Settings, value as never)

  return app
}
