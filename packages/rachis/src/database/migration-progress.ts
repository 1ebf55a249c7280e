import type { EventEmitter } from 'events'
import type { Knex } from 'knex'
import type { Client } from 'pg'
import { PROGRESS } from './plan/backfill'

/** A table that is written in batches says by notices how far it is. */
export const reportProgress = ({ client }: Knex, log?: (line: string) => void): void => {
  const { pool } = client as { pool: EventEmitter }
  pool.on('createSuccess', (_id: number, connection: Client) =>
    connection.on('notice', ({ message = '' }) => {
      if (message.startsWith(PROGRESS)) log?.(message)
    })
  )
}
