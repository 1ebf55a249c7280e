import { existsSync, readFileSync } from 'fs'
import path from 'path'
import { lower } from '../model/lower'
import type { Table } from '../model/table'
import type { AnyResource } from '../declare'

/** Where the last migration ends. */
export const schemaFile = (migrations: string): string => path.join(migrations, 'schema.json')
export const declaredTables = (resources: readonly AnyResource[]): Table[] =>
  resources.map(lower).flatMap(({ table }) => (table ? [table] : []))
export const lastTables = (migrations: string): Table[] =>
  existsSync(schemaFile(migrations))
    ? (JSON.parse(readFileSync(schemaFile(migrations), 'utf8')) as Table[])
    : []
