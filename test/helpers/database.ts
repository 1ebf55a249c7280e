import { createHash } from 'crypto'
import { rmSync } from 'fs'
import path from 'path'
import { takeCoverage } from 'v8'
import { ENGINE_MIGRATIONS } from '../../packages/rachis/src/database/migration-source'
import {
  cloneDatabase,
  dropDatabase,
  globalSetup,
  onServer as onUrl,
  testServer
} from '../../packages/rachis/src/testing/databases'
import { prepareFor } from '../../packages/rachis/src/testing/prepare'
import { inMemory } from './memory'
import { runFolder } from './run-folder'
import type { Client, ClientConfig } from 'pg'
import type { Module } from '../../packages/rachis/src/module'
import { modules } from '../../src/modules'

export { dropDatabase }

const ROOT = path.join(__dirname, '../..')
/** Each checkout has a folder of its own. */
const folder = () => {
  if (!inMemory) return path.join(ROOT, '.data/test')
  const mark = createHash('sha256').update(ROOT).digest('hex').slice(0, 8)

  return path.join(inMemory, `rachis-test-${process.getuid?.()}-${mark}`)
}
const FOLDER = process.env.DATA_DIR ?? folder()

/** The folders of the migrations as they are shipped: of the engine, of the modules and of the application. */
export const MIGRATIONS = [
  ENGINE_MIGRATIONS,
  ...modules.flatMap(({ migrations }: Partial<Module>) => migrations ?? []),
  path.join(ROOT, 'migrations')
]

/** Work on a database, by default on the one that is always there. */
export const onServer = async <T>(work: (client: Client) => Promise<T>, config?: ClientConfig): Promise<T> =>
  onUrl(config ?? (await testServer(FOLDER)), work)

/** The database with every table that others are copied from. */
export const shippedTemplate = async (): Promise<string> => {
  const { createApp } = await import('../../src/app')

  return (await prepareFor(createApp, ROOT)).template
}

/** A new database with every table, cloned in milliseconds; or from another template, such as the empty one. */
export const createDatabase = async (template?: string): Promise<string> =>
  cloneDatabase(await testServer(FOLDER), template ?? (await shippedTemplate()))

/** Mocha ends its workers before they could write what they covered. */
export const mochaHooks = {
  afterAll() {
    if (process.env.NODE_V8_COVERAGE) takeCoverage()
  }
}

let teardown: () => Promise<void>
export const mochaGlobalSetup = async () => {
  teardown = await globalSetup(FOLDER)
  await shippedTemplate()
}
export const mochaGlobalTeardown = async () => {
  rmSync(runFolder(), { recursive: true, force: true })
  await teardown()
}
