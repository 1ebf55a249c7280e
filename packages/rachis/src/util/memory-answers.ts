import { LRUCache } from 'lru-cache'
import type { AnswerStore, Holds, StoredAnswer } from './answer-store'

/** Bytes of an entry besides its texts. */
const OVERHEAD = 300
/** Of all bytes, the part that one answer may take: a few large ones would put out all others. */
const LARGEST = 1 / 8

const sizeOf = (answer: StoredAnswer, key: string): number =>
  OVERHEAD + Buffer.byteLength(answer.text) + Buffer.byteLength(answer.link ?? '') + Buffer.byteLength(key)

/** Answers in the memory of this process. Those that were asked for longest ago give way to new ones. */
export class MemoryAnswers implements AnswerStore {
  private readonly kept: LRUCache<string, StoredAnswer>

  /** @param maxSize bytes of all answers together */
  constructor(maxSize: number) {
    this.kept = new LRUCache({
      maxSize,
      maxEntrySize: Math.ceil(maxSize * LARGEST),
      sizeCalculation: sizeOf
    })
  }

  find(key: string, holds: Holds): StoredAnswer | undefined {
    const found = this.kept.get(key)
    if (!found || holds(found)) return found
    this.kept.delete(key)

    return undefined
  }

  keep(key: string, answer: StoredAnswer) {
    const ttl = answer.until - Date.now()
    if (ttl > 0) this.kept.set(key, answer, { ttl })
  }
}
