import { contenderOf } from './contender'
import { Databases } from './databases'
import type { Server } from './server'
import { startServer } from './server'

/**
 * Measures Rachis alone, on one database; both end with the work, also where it fails.
 *
 * @param choose the database of the run: `(databases) => databases.create(false)`
 */
export const withServer = async (
  choose: (databases: Databases) => Promise<string>,
  work: (server: Server, database: string) => Promise<void>
): Promise<void> => {
  const databases = await Databases.open()
  try {
    const database = await choose(databases)
    const server = await startServer(contenderOf('rachis'), database)
    await work(server, database).finally(() => server.stop())
  } finally {
    await databases.close()
  }
}
