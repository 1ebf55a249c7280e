import { createHash } from 'crypto'
import { RedisAnswers } from './database/redis-answers'
import type { Application } from './declare/declarations'
import { SeenChanges } from './feed/consumers/seen-changes'
import type { Feed } from './feed/feed'
import type { Model } from './model/model'
import type { ModuleContext } from './module'
import { AnswerCache } from './service/answer-cache'
import { MemoryAnswers } from './util/memory-answers'

const isDeclared = ({ operations }: Model) => operations.some(({ cache }) => cache?.server !== undefined)

/** JSON prints a map as an empty object. */
const printed = (_key: string, value: unknown): unknown => (value instanceof Map ? [...value] : value)

/**
 * Names the database, the declarations with their rules, and the secret: processes that differ in any of them share no answers, as
 * before and after a deploy that changes who may read what.
 */
const fingerprintOf = (app: Application, models: readonly Model[]): string =>
  createHash('sha256')
    .update(JSON.stringify([app.get('secret_key'), app.get('database').url, models], printed))
    .digest('base64url')

/** What keeps answers to callers without credentials; undefined where nothing declares it, or a setting switches it off. */
export const answerCacheOf = (
  app: Application,
  { models, redis }: Pick<ModuleContext, 'models' | 'redis'>,
  feed: Feed
): AnswerCache | undefined => {
  const { max_bytes } = app.get('cache')
  if (max_bytes === 0 || !models.some(isDeclared)) return undefined
  const seen = new SeenChanges(feed)
  feed.consume(seen)
  const near = new MemoryAnswers(max_bytes)
  const store = redis ? new RedisAnswers({ redis, fingerprint: fingerprintOf(app, models), near }) : near

  return new AnswerCache({ store, seen })
}
