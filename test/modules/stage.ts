import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { createApp } from '../../packages/rachis/src/create-app'
import type { AppOptions } from '../../packages/rachis/src/create-app'
import { migrationFiles } from '../../packages/rachis/src/database/migration-file'
import { planOf } from '../../packages/rachis/src/database/plan/plan'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { createDatabase } from '../helpers/database'
import { scratchFolder } from '../helpers/scratch'
import { World } from '../helpers/world'

const tablesOf = (resources: readonly AnyResource[]) =>
  lowerAll(resources).flatMap(({ table }) => table ?? [])

/** A folder with one migration, which makes what the migrations of modules do not. */
const migrationsFor = ({ modules = [], resources }: AppOptions): string => {
  const folder = scratchFolder('stage')
  const made = modules.filter(({ migrations }) => migrations).map((module) => module.base ?? module)
  const from = tablesOf(made.flatMap((module) => module.resources ?? []))
  const tables = tablesOf([...modules.flatMap((module) => module.resources ?? []), ...resources])
  for (const [index, { text }] of migrationFiles(planOf(from, tables).steps).entries())
    writeFileSync(path.join(folder, `2030010100000${index}_own.ts`), text)

  return folder
}

/** An application of its own on the engine and an empty database, with none of the shop's settings, modules, tables or seed. */
export const openStage = async (options: AppOptions): Promise<World> => {
  const url = await createDatabase('template0')
  const config = { secret_key: `of-a-stage-only-${url}`, ...options.config, database: { url } }
  const app = createApp({ migrations: migrationsFor(options), ...options, config })
  const { port } = (await app.listen(0, '127.0.0.1')).address() as AddressInfo

  return new World(app, `http://127.0.0.1:${port}`, url)
}
