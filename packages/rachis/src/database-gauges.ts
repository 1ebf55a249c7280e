import { Counter } from 'prom-client'
import type { Registry } from 'prom-client'
import type { Knex } from 'knex'
import { preparedStatements } from './database/open-clients'
import type { Application } from './declare/declarations'
import type { GaugeSource } from './observe/gauges'

/** The parts of Knex's pool that it does not declare. */
interface Pool {
  numUsed(): number
  numFree(): number
  numPendingAcquires(): number
}
const poolOf = (knex: Knex) => (knex.client as { readonly pool?: Pool }).pool

/** Connections of a pool by whether they are in use. The pool is gone once the application has stopped. */
export const connections = (knex: Knex) => {
  const pool = poolOf(knex)
  return { used: pool?.numUsed() ?? 0, idle: pool?.numFree() ?? 0 }
}

/** What can be seen of the connections to the primary. */
export const databaseGauges = (app: Application): GaugeSource[] => [
  {
    name: 'database_connections',
    help: 'Connections of the pool that calls share, by whether they are in use',
    label: 'state',
    read: () => connections(app.get('postgresqlClient'))
  },
  {
    name: 'database_connections_max',
    help: 'Connections that the pool may have: database.pool_max',
    read: () => app.get('database').pool_max
  },
  {
    name: 'database_pipeline_open',
    help: '1 while the connection is open that reads of one record share, which is none of the pool',
    read: () => (app.get('connection').pipeline?.isOpen ? 1 : 0)
  },
  {
    name: 'database_statements',
    help: 'Statements that the open connections of the process have prepared',
    read: preparedStatements
  },
  {
    name: 'database_waiting',
    help: 'Calls that wait for their share of the pool, and work that waits for a connection of it',
    label: 'for',
    read: () => ({
      share: app.get('shares').waiting,
      connection: poolOf(app.get('postgresqlClient'))?.numPendingAcquires() ?? 0
    })
  }
]

/** Counts the reads of one record; nothing where they share no connection. */
export const singleReads = (app: Application, registry: Registry) => {
  const { pipeline } = app.get('connection')
  if (!pipeline) return
  new Counter({
    name: 'rachis_database_single_reads_total',
    help: 'Reads of one record, by whether they went over the connection that they share or over the pool',
    labelNames: ['by'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [by, count] of Object.entries(pipeline.reads)) this.inc({ by }, count)
    }
  })
}
