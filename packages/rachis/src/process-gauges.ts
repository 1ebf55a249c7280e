import type { Registry } from 'prom-client'
import { Counter, Histogram } from 'prom-client'
import { connections, databaseGauges, singleReads } from './database-gauges'
import type { Application } from './declare/declarations'
import type { Change } from './feed/change'
import type { GaugeSource } from './observe/gauges'
import { addGauges } from './observe/gauges'

/** Undefined where there is no replica: then there are no metrics of one. */
const replicaGauges = (app: Application): GaugeSource[] => {
  const reads = app.get('replicaReads')
  if (!reads) return []

  return [
    {
      name: 'replica_usable',
      help: '1 while reads may go to the replica',
      read: () => (reads.status.status === 'ok' ? 1 : 0)
    },
    {
      name: 'replica_lag_seconds',
      help: 'Seconds for which the primary has had what the replica lacks',
      aggregator: 'max',
      read: () => reads.status.lag
    },
    {
      name: 'replica_connections',
      help: 'Connections of the pool of the replica, by whether they are in use',
      label: 'state',
      read: () => connections(app.get('connection').replica!.knex)
    }
  ]
}

const feedGauges = (app: Application): GaugeSource[] => [
  {
    name: 'feed_lag_seconds',
    help: 'Seconds that committed changes have waited for an open transaction that may own a lower place in the feed',
    aggregator: 'max',
    read: () => app.get('engine').feed.status().lag
  },
  {
    name: 'feed_silent_seconds',
    help: 'Seconds since the table of changes was last read',
    aggregator: 'max',
    read: () => app.get('engine').feed.status().silent
  },
  {
    name: 'feed_position',
    help: 'Id of the change up to which the feed was read',
    aggregator: 'max',
    read: () => app.get('engine').feed.cursor
  },
  {
    name: 'feed_source',
    help: '1 for where the process has changes from: the table, the table as the one that reads it for all (relay), or what that one tells (stream)',
    label: 'source',
    read: () => ({ table: 0, relay: 0, stream: 0, [app.get('engine').feed.source]: 1 })
  },
  {
    name: 'feed_places_left',
    help: 'Further changes that there are partitions for',
    aggregator: 'max',
    read: () => app.get('engine').partitions.behind(app.get('engine').feed.cursor).left
  }
]

const consumerGauges = (app: Application): GaugeSource[] => [
  {
    name: 'consumer_behind',
    help: 'Places of the feed that a consumer which this process runs has still before it',
    aggregator: 'max',
    label: 'consumer',
    read: () => app.get('engine').feed.consumers.behind()
  },
  {
    name: 'consumer_trouble',
    help: '1 for a consumer that fails or has not kept up for 30 seconds',
    aggregator: 'max',
    label: 'consumer',
    read: () =>
      Object.fromEntries(
        app
          .get('engine')
          .feed.consumers.troubles()
          .map(({ name }) => [name, 1])
      )
  }
]

const clientsOf = (app: Application): number =>
  (app as unknown as { readonly io?: { readonly engine?: { readonly clientsCount: number } } }).io?.engine
    ?.clientsCount ?? 0

const connectionGauges = (app: Application): GaugeSource[] => [
  { name: 'sockets', help: 'Sockets that are open', read: () => clientsOf(app) },
  {
    name: 'connections',
    help: 'Sockets, event streams and subscriptions of GraphQL that are told of changes, by whether they are signed in',
    label: 'user',
    read() {
      const { members } = app.get('engine')
      const all = members.all().length
      return { signed_in: members.signedIn, anonymous: all - members.signedIn }
    }
  },
  {
    name: 'subscriptions',
    help: 'Filtered subscriptions that are open; several that ask the same share a shape',
    label: 'kind',
    read: () => app.get('engine').asked()
  },
  {
    name: 'ready',
    help: '1 while the process serves, 0 while it starts or stops',
    read: () => (app.get('phase') === 'ready' ? 1 : 0)
  }
]

/** Calls that were refused since the event loop was late. */
const refusals = (app: Application, registry: Registry) =>
  new Counter({
    name: 'rachis_refused_for_load_total',
    help: 'Calls that were refused before anything was done for them, since the event loop was late',
    labelNames: ['transport'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [transport, count] of Object.entries(app.get('load').refused)) this.inc({ transport }, count)
    }
  })

/** None where each process has everything from the table. */
const refills = (app: Application, registry: Registry) =>
  new Counter({
    name: 'rachis_feed_refills_total',
    help: 'Times that the process has read the table since what the relay tells had a hole',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(app.get('engine').feed.refills)
    }
  })

/** Reads that the replica could have answered, by who has. */
const readsByServer = (app: Application, registry: Registry) => {
  const reads = app.get('replicaReads')
  if (!reads) return
  new Counter({
    name: 'rachis_reads_total',
    help: 'Reads that may go to the replica, by the server that they went to',
    labelNames: ['server'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [server, count] of Object.entries(reads.reads)) this.inc({ server }, count)
    }
  })
}

const LATENCIES = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Called with each change that was told to those who may see it. */
const latency = (registry: Registry) => {
  const seconds = new Histogram({
    name: 'rachis_event_latency_seconds',
    help: 'Seconds from the write of a change, by the clock of the database, until it was told to those who may see it',
    buckets: LATENCIES,
    registers: [registry]
  })

  return ({ at }: Change) => {
    if (at !== undefined) seconds.observe(Math.max(0, Date.now() - at) / 1000)
  }
}

/** Registers what can be seen of the parts of a running application, where anybody could read it: pool, feed, consumers, connections. */
export const meterProcess = (app: Application): void => {
  const registry = app.get('metricsRegistry')!
  addGauges(registry, [
    ...databaseGauges(app),
    ...replicaGauges(app),
    ...feedGauges(app),
    ...consumerGauges(app),
    ...connectionGauges(app)
  ])
  refusals(app, registry)
  refills(app, registry)
  readsByServer(app, registry)
  singleReads(app, registry)
  app.get('engine').onTold(latency(registry))
}
