import { randomUUID } from 'crypto'
import type { Connection } from './database/connection'
import type { Application } from './declare/declarations'
import { consumerLog } from './feed/consumer-log'
import { Feed } from './feed/feed'
import { HandedLooks } from './feed/handed-looks'
import type { Looks } from './feed/looks'
import { StoredPositions } from './feed/stored-positions'
import { feedConnections, openLooks, openTable, patienceOf } from './open-table'
import type { Logger } from './util/logger'
import { isWorker, readerChannel } from './worker'

const logFeed = (feed: Feed, logger: Logger) => {
  feed.on('recovered', (seconds: number) => logger.warn({ seconds }, 'The change feed is read again'))
  feed.on('truncated', (names: readonly string[]) =>
    logger.warn({ names }, 'Tables were truncated: their readers fetch anew')
  )
  feed.on('lost', () =>
    logger.error('The change feed has another history than was read: all readers fetch anew')
  )
}

const logMove = (logger: Logger) => (isHanded: boolean) => {
  if (isHanded) logger.warn('The change feed is read once for all processes again')
  else logger.warn('The process that reads the change feed is silent: this one reads it itself')
}

/** Of several processes of one machine, the one that has started them reads the table for all. */
const handedLooks = (app: Application, own: Looks, logger: Logger): Looks => {
  return new HandedLooks({
    channel: readerChannel(),
    own,
    patience: patienceOf(app),
    onMove: logMove(logger)
  })
}

/** The feed, and who wakes it, over connections of their own: requests that wait for the database do not hold them up. */
export const openFeed = (app: Application, connection: Connection, logger: Logger) => {
  const { stall_timeout, lease } = app.get('feed')
  const isHanded = isWorker()
  const table = isHanded ? openTable(app, connection, false) : openLooks(app, connection)
  const looks = isHanded ? handedLooks(app, table.looks, logger) : table.looks
  const behind = feedConnections(app, connection).open(2)
  const onError = (err: unknown) => logger.error({ err }, 'The change feed could not be read')
  const positions = new StoredPositions({ database: behind, holder: randomUUID(), lease })
  const reports = consumerLog(logger)
  const feed = new Feed({ looks, behind, stallTimeout: stall_timeout * 1000, onError, positions, reports })
  logFeed(feed, logger)
  const close = async () => {
    await table.leave()
    await feed.stop()
    await Promise.all([table.close(), behind.close()])
  }

  return { feed, listen: table.listen, wake: () => looks.wrote(), close }
}
