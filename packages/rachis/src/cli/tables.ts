import { existsSync, readFileSync } from 'fs'
import path from 'path'
import type { KeptTable } from '../database/table-extension'
import { allTables } from '../database/table-extension'
import { lowerAll } from '../model/lower'
import type { Table } from '../model/table'
import type { AnyResource } from '../declare'
import type { Module } from '../module'
import { allResources } from './project'
import type { Project } from './project'

/** Where the application's last migration ends. */
export const schemaFile = (migrations: string): string => path.join(migrations, 'schema.json')

const tablesOf = (resources: readonly AnyResource[]): Table[] =>
  lowerAll(resources).flatMap(({ table }) => (table ? [table] : []))

/** The tables of modules as their own migrations make them: without what an application adds to them. */
const baseTables = (modules: readonly Module[]): Table[] =>
  tablesOf(modules.flatMap((module) => (module.base ?? module).resources ?? []))

const keptIn = (migrations: string): KeptTable[] =>
  existsSync(schemaFile(migrations))
    ? (JSON.parse(readFileSync(schemaFile(migrations), 'utf8')) as KeptTable[])
    : []

export interface ProjectTables {
  /** Those of modules as their own migrations make them. */
  readonly bases: readonly Table[]
  /** All tables where the last migration ends. */
  readonly last: readonly Table[]
  /** All tables as they are declared now. */
  readonly declared: readonly Table[]
  /** The names of tables that are declared as large. */
  readonly large: ReadonlySet<string>
}

/** @param migrations the application's folder of migrations */
export const loadTables = async (project: Project, migrations: string): Promise<ProjectTables> => {
  const { modules = [] } = await project.loadResources()
  const bases = baseTables(modules)
  const resources = await allResources(project)

  return {
    bases,
    last: allTables(bases, keptIn(migrations)),
    declared: tablesOf(resources),
    large: new Set(resources.filter(({ spec }) => spec.large).map(({ name }) => name))
  }
}
