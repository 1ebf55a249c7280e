import path from 'path'
import type Configuration from '@feathersjs/configuration'
import { feathers } from '@feathersjs/feathers'
import { koa } from '@feathersjs/koa'
import type { Settings } from './schema'
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

/** node-config reads the folder that the environment names when it is loaded, and then never again. */
const configurationOf = (root: string) => {
  process.env.NODE_CONFIG_DIR ??= path.join(root, 'config')
  return require('@feathersjs/configuration') as typeof Configuration
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
  const found = JSON.parse(JSON.stringify(app.settings)) as unknown as Settings
  const allowed_origins = listed(found.allowed_origins)
  const oauth = { ...found.oauth, redirect_origins: listed(found.oauth.redirect_origins) }
  const database = { ...found.database, data_dir: dataDir(found, root) }
  const settings = merged({ ...found, allowed_origins, oauth, database }, over)
  for (const [name, value] of Object.entries(validateSettings(settings)))
    app.set(name as keyof Settings, value as never)

  return app
}
