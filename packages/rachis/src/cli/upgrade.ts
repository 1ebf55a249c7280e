import type { TSchema } from '@feathersjs/typebox'
import type { Application } from '../declare/declarations'
import type { ApiVersions } from '../model/versions/api-versions'
import { ENGINE_MIGRATIONS, migrationNames } from '../database/migration-source'
import { isObject } from '../util/is-object'
import type { Module } from '../module'

/** What an upgrade of the engine may ask of whoever runs it. */
export interface UpgradeFacts {
  readonly app: Application
  readonly modules: readonly Module[]
  /** The version of Node, such as `v20.20.2`. */
  readonly node: string
  /** Names of migrations that wait; undefined where no database was asked. */
  readonly pending?: readonly string[]
}

/** Whose migration it is: the application's own waits for its own release. */
const originOf = (modules: readonly Module[]) => {
  const engine = new Set(migrationNames(ENGINE_MIGRATIONS))
  const owners = modules.map(({ name, migrations }) => [name, new Set(migrations ? migrationNames(migrations) : [])] as const)

  return (migration: string): string =>
    engine.has(migration) ? 'the engine' : (owners.find(([, names]) => names.has(migration))?.[0] ?? 'the application')
} // prettier-ignore

/** What it holds up while it runs, by the names that `migrate:make` gives its parts. */
const effectOf = (migration: string): string =>
  migration.endsWith('_online')
    ? 'others read and write meanwhile'
    : 'waits two seconds for a lock at most, and tries again'

const migrationLines = ({ modules, pending = [] }: UpgradeFacts): string[] => {
  const from = originOf(modules)
  if (pending.length === 0) return []

  return [
    `${pending.length} migrations wait for npm run migrate, or for the next start:`,
    ...pending.map((name) => `  ${name} (${from(name)}): ${effectOf(name)}`)
  ]
}

/** Settings below a declared one that no declaration names. Those beside may be the application's own, read by name. */
export const unreadSettings = (schema: TSchema | undefined, value: unknown, at: string): string[] => {
  const properties = schema?.properties as Readonly<Record<string, TSchema>> | undefined
  if (!properties || !isObject(value)) return []

  return Object.entries(value).flatMap(([name, inner]) =>
    properties[name] ? unreadSettings(properties[name], inner, `${at}.${name}`) : [`${at}.${name}`]
  )
}

const settingLines = ({ app }: UpgradeFacts): string[] => {
  const { properties } = app.get('settingsSchema')
  const groups = Object.entries(properties as Readonly<Record<string, TSchema>>)

  return groups
    .flatMap(([name, schema]) => unreadSettings(schema, app.get(name as never), name))
    .map(
      (name) => `Nothing reads the setting ${name} any more: docs/operations.md lists those that there are`
    )
}

const versionLines = ({ older }: Pick<ApiVersions, 'older'>): string[] =>
  [...older].flatMap(([version, { deprecated, sunset }]) =>
    deprecated ? [`Version ${version} of the API is deprecated since ${deprecated}${sunset ? ` and ends at ${sunset}` : ''}`] : []
  ) // prettier-ignore

const nodeLines = ({ node }: UpgradeFacts): string[] =>
  /^v20\./.test(node) ? [`${node} of Node gets no more security fixes: 22 and 24 are supported`] : []

/**
 * What is to be done for the version of the engine that is installed: its migrations, settings that have gone, versions that end.
 *
 * @example for (const line of upgradeLines({ app, modules, node: process.version })) print(line)
 */
export const upgradeLines = (facts: UpgradeFacts): string[] => [
  ...migrationLines(facts),
  ...settingLines(facts),
  ...versionLines(facts.app.get('versions')),
  ...nodeLines(facts)
]
