import type { Connection } from './connection'
import { connect } from './connection'
import type { Application } from '../declare/declarations'
import { logger } from '../util/logger'

/** Makes the database known as `app.get('postgresqlClient')`, the name that generated services look for. */
export const postgresql = (app: Application): Connection => {
  const connection = connect(app.get('database'), (line) => logger.info(line))
  app.set('postgresqlClient', connection.knex)
  app.set('connection', connection)

  return connection
}
