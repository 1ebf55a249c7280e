import path from 'path'
import type { Knex } from 'knex'
import type { Settings } from '../declare/declarations'
import type { Connection } from '../database/connection'
import { postgresql } from '../database/postgresql'
import { configuredApp } from '../settings/settings'
import type { Partly } from '../settings/merge'
import { migrationFolders } from '../module-parts'
import type { Project } from './project'

/** The database of the settings, without the rest of the application. */
export const connectFromSettings = (config: Partly<Settings> = {}, root?: string): Connection =>
  postgresql(configuredApp({ config, root }))

/** The application's own folder of migrations, the only one that is written to. */
export const folderOf = ({ root }: Project): string => path.join(root, 'migrations')

/** Runs with the database of the settings, and the folders of all migrations. */
export const withDatabase = async <T>(
  project: Project,
  work: (knex: Knex, folders: readonly string[]) => Promise<T>
): Promise<T> => {
  const { modules = [] } = await project.loadResources()
  const folders = migrationFolders(modules, folderOf(project))
  const connection = connectFromSettings({}, project.root)

  return connection.withMigrator((knex) => work(knex, folders)).finally(() => connection.close())
}
