import { queryOn } from '../../packages/rachis/src/database/query'
import { SessionClient } from '../../packages/rachis/src/database/session-client'
import { wireTypes } from '../../packages/rachis/src/database/types'
import type { Change } from '../../packages/rachis/src/feed/change'
import { OwnConnections } from '../../packages/rachis/src/feed/connections'
import { Feed } from '../../packages/rachis/src/feed/feed'
import { TableLooks } from '../../packages/rachis/src/feed/table-looks'
import type { Database } from '../../packages/rachis/src/sql/database'

const fail = (error: unknown) => {
  throw error
}

/** A feed that reads when it is told to, and what it has handed on. */
export const feedOf = (database: Database) => {
  const looks = new TableLooks({ database, pollInterval: 1000 })
  const feed = new Feed({ looks, behind: database, onError: fail })
  const delivered: Change[] = []
  feed.consume({ name: 'test', delivery: 'live', consume: (changes) => void delivered.push(...changes) })

  const read = async () => {
    await feed['take'](await looks['look']({ epoch: '', cursor: feed.cursor, ask: () => [] }))
    await looks['askOwners']()
  }

  return { feed, delivered, read }
}

/** The connections that a feed has of its own. */
export const connectionsTo = (connectionString: string) => {
  const limits = { alone: 0, within: 0 }
  const session = { isPooled: false, prepares: true, begin: 'select 1', limits }
  const client = async () => new SessionClient({ connectionString, types: wireTypes, session })

  return new OwnConnections({ client, query: queryOn, size: 1, timeout: 10_000 })
}
