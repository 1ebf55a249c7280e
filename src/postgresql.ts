import type { Connection } from './database/connection'
import { connect } from './database/connection'
import type { Application } from './declarations'
import { logger } from './logger'

/** Makes the database known as `app.get('postgresqlClient')`, the name that generated services look for. */
export const postgresql = (app: Application): Connection => {
  const connection = connect(app.get('database'), (line) => logger.info(line))
  app.set('postgresqlClient', connection.knex)
  app.set('connection', connection)

  return connection
}
