import { existsSync, readFileSync } from 'fs'
import path from 'path'
import { lower } from '../model/model'
import type { Table } from '../model/table'
import { migrationsFolder } from '../database/migrate'
import { resources } from '../../../../src/services/resources'

/** Where the last migration ends. */
export const schemaFile = () => path.join(migrationsFolder(), 'schema.json')
export const declaredTables = (): Table[] =>
  resources.map(lower).flatMap(({ table }) => (table ? [table] : []))
export const lastTables = (): Table[] =>
  existsSync(schemaFile()) ? (JSON.parse(readFileSync(schemaFile(), 'utf8')) as Table[]) : []
