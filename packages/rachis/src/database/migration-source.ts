import { readdirSync } from 'fs'
import path from 'path'
import type { Knex } from 'knex'
import type { Violation } from './violation'
import { violationHint } from './violation'

/** Folders of migrations in the order in which they run: the engine's, those of modules, the application's. Within one the names are the order. */
export type Folders = string | readonly string[]

/** The migrations of the engine's own tables, as written or as compiled. */
export const ENGINE_MIGRATIONS = path.join(
  __dirname,
  __filename.endsWith('.ts') ? '../../migrations' : '../migrations'
)

type Script = Knex.Migration & { readonly config?: object; readonly partOf?: string }

const SCRIPT = /\.[cm]?[jt]s$/

/** A migration's name is that of its file without the extension, so that one that ran as TypeScript is the same when compiled. */
export const nameOf = (file: string): string => path.basename(file).replace(SCRIPT, '')

const scriptsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((file) => SCRIPT.test(file) && !file.endsWith('.d.ts'))
    .sort()
    .map((file) => path.join(folder, file))

/** @throws {Error} where two folders have a migration of one name: Knex would take one for the other */
const scriptsOf = (folders: Folders): string[] => {
  const files = [folders].flat().flatMap(scriptsIn)
  const names = files.map(nameOf)
  const twice = files.find((file, index) => names.indexOf(nameOf(file)) !== index)
  if (twice !== undefined)
    throw new Error(`There are two migrations ${nameOf(twice)}; rename the one that has not run anywhere`)

  return files
}

/** The names of all migrations of these folders. */
export const migrationNames = (folders: Folders): string[] => scriptsOf(folders).map(nameOf)

/** Knex writes only to its log which migration failed. */
const naming =
  (file: string, direction: 'up' | 'down', run: Knex.Migration['up']): Knex.Migration['up'] =>
  async (knex) => {
    try {
      await run(knex)
    } catch (cause) {
      const hint = await violationHint(knex, direction, cause as Violation)
      const text = `The migration ${nameOf(file)} failed: ${(cause as Error).message}`
      throw new Error(hint === undefined ? text : `${text}. ${hint}`, { cause })
    }
  }

const load = (file: string) => require(file) as Script

/** Every migration of these folders, as Knex asks for them. */
export const migrationSource = (folders: Folders): Knex.MigrationSource<string> => ({
  getMigrations: async () => scriptsOf(folders),
  getMigrationName: nameOf,
  getMigration: async (file) => {
    const { config, up, down } = load(file)
    return { config, up: up && naming(file, 'up', up), down: down && naming(file, 'down', down) }
  }
})

/**
 * The migrations that have not run themselves, and whose part an earlier one has done: they say so by `export const partOf = '<name>'`.
 *
 * @param done the names of those that ran
 */
export const partsDone = (
  folders: Folders,
  done: readonly string[]
): (readonly [name: string, partOf: string])[] => {
  if (done.length === 0) return []
  const left = scriptsOf(folders).filter((file) => !done.includes(nameOf(file)))

  return left.flatMap((file) => {
    const { partOf } = load(file)
    return partOf !== undefined && done.includes(partOf) ? [[nameOf(file), partOf] as const] : []
  })
}
