import type { Connection } from './connection'
import { connect } from './connection'
import type { Application } from '../declare/declarations'
import { logger } from '../util/logger'
import type { SqlLog } from '../util/sql-log'

/** Makes the database known as `app.get('postgresqlClient')`, the name that generated services look for. */
export const postgresql = (app: Application): Connection => {
  const settings = app.get('database')
  const connection = connect(settings, (line) => logger.info(line), app.get('statementWatch'))
  app.set('postgresqlClient', connection.knex)
  app.set('connection', connection)

  return connection
}

declare module '../declare/declarations' {
  interface Configuration {
    /** Where statements are logged: LOG_SQL. */
    sqlLog?: SqlLog
  }
}
