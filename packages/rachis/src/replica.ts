import type { Connection } from './database/connection'
import { presentPosition } from './database/replica'
import { isUnreachable } from './errors/errors'
import type { Feed } from './feed/feed'
import type { Consumer } from './feed/consumer'
import type { ModuleContext } from './module'
import { affectedUsers } from './rules/memberships'
import type { User } from './rules/policy'
import { isBrokenOff } from './service/replica/broken-off'
import type { ReadSource } from './service/replica/source'
import type { Admit } from './sql/database'
import { resourceMark, userMark } from './service/replica/marks'
import { ReplicaReads } from './service/replica/replica-reads'
import type { ReplicaStatus } from './service/replica/replica-reads'
import { ruleResources } from './service/replica/rule-resources'
import { PoolShares } from './service/pool-shares'
import type { Logger } from './util/logger'

/** The copy as a source of reads that fall back to the primary, in front of which they wait as all others do. */
const sourcesOf = (
  { app, database, knex: primary }: Pick<ModuleContext, 'app' | 'database' | 'knex'>,
  replica: NonNullable<Connection['replica']>,
  onFailed: () => void
): ((admit: Admit) => Omit<ReadSource, 'token'>) => {
  const shares = new PoolShares(app.get('database'))
  const assertForPrimary = (error: unknown) => {
    const isGone = isUnreachable(error)
    if (isGone) onFailed()
    if (!isGone && !isBrokenOff(error)) throw error
  }

  return (admit) => ({
    knex: replica.knex,
    shares,
    query: (statement) =>
      replica.query<never>(statement).catch((error: unknown) => {
        assertForPrimary(error)
        return admit(() => database.query<never>(statement))
      }),
    transaction: (work, { isAnswered, ...options }) =>
      replica.knex.transaction(work, options).catch((error: unknown) => {
        assertForPrimary(error)
        if (isAnswered()) throw error
        return admit(() => primary.transaction(work, options))
      })
  })
}

/** Hears of what other processes write, and of changed rights. */
const consumerOf = (reads: ReplicaReads, models: ModuleContext['models']): Consumer => {
  const affected = affectedUsers(models)

  return {
    name: 'replica',
    delivery: 'live',
    consume(changes) {
      const names = changes.flatMap((change) => [
        resourceMark(change.resource),
        ...(change.user_id === null ? [] : [userMark(change.user_id)]),
        ...affected(change).map(userMark)
      ])
      reads.note([...new Set(names)])
    },
    lost: () => reads.noteAll()
  }
}

const logging =
  (logger: Logger) =>
  (status: ReplicaStatus['status']): void => {
    if (status === 'ok') logger.info('Reads go to the replica')
    else if (status !== 'starting') logger.warn({ status }, 'The replica is not read from: the primary is')
  }

export interface ReplicaOptions {
  readonly connection: Connection
  readonly context: Pick<ModuleContext, 'app' | 'models' | 'database' | 'knex' | 'logger'>
  readonly feed: Feed
  /** The token of a place in the feed for who reads. */
  readonly tokenAt: (place: number) => (user: User) => string
}

/** What sends reads to a copy of the primary; undefined where there is none. It is to be started behind the feed. */
export const replicaReadsOf = ({ connection, context, feed, tokenAt }: ReplicaOptions): ReplicaReads | undefined => {
  const { replica } = connection
  if (!replica) return undefined
  const { app, models, logger } = context
  const reads: ReplicaReads = new ReplicaReads({
    feed,
    look: () => replica.look(),
    hasTransaction: (id) => replica.hasTransaction(id),
    ask: () => presentPosition(connection.own),
    sourceFor: sourcesOf(context, replica, () => reads.failed()),
    tokenAt,
    resources: ruleResources(models),
    maxLag: 1000 * app.get('database').replica_max_lag,
    onChange: logging(logger)
  })
  feed.consume(consumerOf(reads, models))

  return reads
} // prettier-ignore
