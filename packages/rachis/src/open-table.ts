import type { Connection } from './database/connection'
import { queryOn } from './database/query'
import { SessionClient } from './database/session-client'
import type { Application } from './declare/declarations'
import { OwnConnections } from './feed/connections'
import { Listener } from './feed/listener'
import { TableLooks } from './feed/table-looks'
import { outsideOfCalls } from './util/sql-log'

/** Connections of the feed, of which each statement ends within `feed.stall_timeout`, with an answer or without. */
export const feedConnections = (app: Application, { config }: Connection) => {
  const { stall_timeout } = app.get('feed')
  let isPooled = false
  const client = async () => {
    const found = await config({ lock_timeout: stall_timeout })
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
