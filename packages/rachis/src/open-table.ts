import type { Connection } from './database/connection'
import { queryOn } from './database/query'
import { RedisLookLine } from './database/redis-look-line'
import { SessionClient } from './database/session-client'
import type { Application } from './declare/declarations'
import { OwnConnections } from './feed/connections'
import { Listener } from './feed/listener'
import type { Looks } from './feed/looks'
import { RelayedLooks } from './feed/relay/relayed-looks'
import { TableLooks } from './feed/table-looks'
import { logger } from './util/logger'
import { outsideOfCalls } from './util/sql-log'

/** Milliseconds after which a process reads itself where the one that reads for it says nothing; it looks once a second at least. */
const PATIENCE = 2500

export const patienceOf = (app: Application): number => Math.max(PATIENCE, 2 * app.get('feed').poll_interval)

/**
 * The feed asks for what is behind an id, some fifty times a second. PostgreSQL keeps the plan of a prepared statement until the table is
 * analyzed: one that was made while a partition was small, or while the statistics said that it was empty, would read all of it each time,
 * however large it has become. Before PostgreSQL 18 what has no index seems so expensive then that the statement would be compiled, which
 * takes half a second.
 */
const BY_INDEX = { enable_seqscan: 'off', jit: 'off' }

/** Connections of the feed, of which each statement ends within `feed.stall_timeout`, with an answer or without. */
export const feedConnections = (app: Application, { config }: Connection) => {
  const { stall_timeout } = app.get('feed')
  let isPooled = false
  const client = async () => {
    const found = await config({ lock_timeout: stall_timeout, beside: BY_INDEX })
    isPooled = found.session.isPooled
    return new SessionClient(found)
  }
  const timeout = stall_timeout * 1000
  const open = (size: number) => new OwnConnections({ client, query: queryOn, size, timeout })

  return { client, timeout, open, isPooled: () => isPooled }
}

/** Reads the table of changes over a connection of its own. `isTold`: other processes are told of writes, and tell of theirs. */
export const openTable = (app: Application, connection: Connection, isTold = true) => {
  const { client, timeout, open, isPooled } = feedConnections(app, connection)
  const database = open(1)
  const told = {
    isTold: () => listener.isHearing,
    notify: () => outsideOfCalls(() => listener.notify())
  }
  const options = { database, pollInterval: app.get('feed').poll_interval, ...(isTold ? told : {}) }
  const looks = new TableLooks(options)
  const listener = new Listener(client, () => looks.wake(), timeout, isPooled)

  return {
    looks,
    listen: async () => {
      if (isTold) await listener.start()
    },
    /** Tells what is still to be told. */
    leave: () => listener.stop(),
    close: () => database.close()
  }
}

const logMove = (isOnLine: boolean) => {
  if (isOnLine) logger.warn('The change feed is read once for all machines again')
  else logger.error('The Redis of feed.url is away: this process reads the change feed from the table itself')
}

/** Has the changes from whichever process of all machines reads the table, over `feed.url`; without that, from the table. */
export const openLooks = (app: Application, connection: Connection) => {
  const table = openTable(app, connection)
  const { url } = app.get('feed')
  if (url === '') return { ...table, looks: table.looks as Looks }
  const line = new RedisLookLine(url)
  const looks = new RelayedLooks({ own: table.looks, line, patience: patienceOf(app), onMove: logMove })
  const close = async () => void (await Promise.all([line.close(), table.close()]))

  return { ...table, looks: looks as Looks, close }
}
