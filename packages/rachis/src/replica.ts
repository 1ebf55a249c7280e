import type { Connection } from './database/connection'
import { presentPosition } from './database/replica'
import { isUnreachable } from './errors/errors'
import type { Refusal } from './errors/errors'
import type { Feed } from './feed/feed'
import type { Consumer } from './feed/consumer'
import type { ModuleContext } from './module'
import { affectedUsers } from './rules/memberships'
import type { User } from './rules/policy'
import type { ReadSource } from './service/replica/source'
import { ReplicaReads, resourceMark, userMark } from './service/replica/replica-reads'
import type { ReplicaStatus } from './service/replica/replica-reads'
import { ruleResources } from './service/replica/rule-resources'
import { PoolShares } from './service/pool-shares'
import type { Logger } from './util/logger'

/** A hot standby ends statements that stand in the way of what it has to replay: the primary runs them. */
const CONFLICT = '40001'

const isForPrimary = (error: unknown): boolean => isUnreachable(error) || (error as Refusal).code === CONFLICT

type Copies = Omit<ReadSource, 'token'>

/** The copy as a source of reads that fall back to the primary, which is told of failures. */
const sourceOf = (
  { app, database, knex: primary }: Pick<ModuleContext, 'app' | 'database' | 'knex'>,
  replica: NonNullable<Connection['replica']>,
  onFailed: () => void
): Copies => {
  const assertGone = (error: unknown) => {
    if (!isForPrimary(error)) throw error
    if (isUnreachable(error)) onFailed()
  }

  return {
    knex: replica.knex,
    shares: new PoolShares(app.get('database')),
    query: (statement) =>
      replica.query<never>(statement).catch((error: unknown) => {
        assertGone(error)
        return database.query<never>(statement)
      }),
    transaction: (work, options) => {
      let isBegun = false
      const begun = (trx: Parameters<typeof work>[0]) => {
        isBegun = true
        return work(trx)
      }

      return replica.knex.transaction(begun, options).catch((error: unknown) => {
        if (isBegun) throw error
        assertGone(error)
        return primary.transaction(work, options)
      })
    }
  }
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
    source: sourceOf(context, replica, () => reads.failed()),
    tokenAt,
    resources: ruleResources(models),
    maxLag: 1000 * app.get('database').replica_max_lag,
    onChange: logging(logger)
  })
  feed.consume(consumerOf(reads, models))

  return reads
} // prettier-ignore
