import { createHmac } from 'crypto'
import type { Redis } from 'ioredis'
import type { AnswerStore, Holds, StoredAnswer } from '../util/answer-store'

/** Milliseconds for which a Redis that has failed is not asked: one that hangs would hold up every request for its time-out. */
const PAUSE = 1000
/** Characters of the largest answer that is kept: larger ones take longer to fetch than to read. */
const LARGEST = 1_048_576

interface RedisAnswersOptions {
  readonly redis: Redis
  /** Names what answers depend on besides their keys. Another server, or another version of this one, finds none of them. */
  readonly fingerprint: string
  /** The answers that this process has used lately, which need no call. */
  readonly near: AnswerStore
}

/** Answers that all processes share. Each of them asks of what it finds whether it still holds, by the changes that it knows of. */
export class RedisAnswers implements AnswerStore {
  private awayUntil = 0

  constructor(private readonly options: RedisAnswersOptions) {}

  async find(key: string, holds: Holds): Promise<StoredAnswer | undefined> {
    const known = await this.options.near.find(key, holds)
    if (known) return known
    const text = await this.ask((redis) => redis.get(this.nameOf(key)))
    const found = text ? (JSON.parse(text) as StoredAnswer) : undefined
    if (!found || !holds(found)) return undefined
    this.options.near.keep(key, found)

    return found
  }

  keep(key: string, answer: StoredAnswer) {
    this.options.near.keep(key, answer)
    const ttl = answer.until - Date.now()
    if (ttl <= 0 || answer.text.length > LARGEST) return
    void this.ask((redis) => redis.set(this.nameOf(key), JSON.stringify(answer), 'PX', ttl))
  }

  private async ask<T>(command: (redis: Redis) => Promise<T>): Promise<T | undefined> {
    if (Date.now() < this.awayUntil) return undefined
    try {
      return await command(this.options.redis)
    } catch {
      this.awayUntil = Date.now() + PAUSE
      return undefined
    }
  }

  private nameOf(key: string): string {
    return `rachis:answer:${createHmac('sha256', this.options.fingerprint).update(key).digest('base64url')}`
  }
}
