import type { AddressInfo } from 'node:net'
import { planMigration } from '../../packages/rachis/src/database/migration'
import { createApp } from '../../packages/rachis/src/create-app'
import type { AppOptions } from '../../packages/rachis/src/create-app'
import { lower } from '../../packages/rachis/src/model/lower'
import { createDatabase, MIGRATIONS, onServer } from '../helpers/database'
import { World } from '../helpers/world'

/** An application of its own on the engine, with the tables of what it declares, and none of the shop's settings, modules or seed. */
export const openStage = async (options: AppOptions): Promise<World> => {
  const url = await createDatabase()
  const { modules = [], resources } = options
  // Those of accounts are in every database of the tests.
  const own = [...modules.filter(({ name }) => name !== 'accounts').flatMap((module) => module.resources ?? []), ...resources] // prettier-ignore
  const tables = own.flatMap((resource) => lower(resource).table ?? [])
  const { up } = planMigration([], tables)
  await onServer(async (client) => void (await client.query(up.join(';\n'))), { connectionString: url })
  const config = { secret_key: `of-a-stage-only-${url}`, ...options.config, database: { url } }
  const app = createApp({ migrations: MIGRATIONS, ...options, config })
  const { port } = (await app.listen(0, '127.0.0.1')).address() as AddressInfo

  return new World(app, `http://127.0.0.1:${port}`, url)
}
