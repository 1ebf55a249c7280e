import type { AnswerStore, KeptAnswer, StoredAnswer } from '../util/answer-store'

/** What the change feed knows of how present a kept answer is. */
export interface SeenChanges {
  /** The history of changes, and the place up to which all are known. */
  readonly place: { readonly epoch: string; readonly position: number }
  /** Whether all that was committed until a moment ago is known. */
  readonly isPresent: boolean
  isUnchanged(resources: readonly string[], since: number): boolean
  isAllUnchanged(since: number): boolean
}

/** What a read asks of the cache. */
export interface CacheRequest {
  readonly key: string
  /** For how long its answer may be kept. */
  readonly seconds: number
}

/** An answer that was read, with the resources that it was made from; undefined where that is not known. */
export interface LoadedAnswer extends KeptAnswer {
  readonly resources?: readonly string[]
}

/** An answer, whether it was kept, and what `Cache-Status` (RFC 9211) says of that. */
export interface ServedAnswer extends KeptAnswer {
  readonly isKept: boolean
  readonly status: string
}

interface Options {
  readonly store: AnswerStore
  readonly seen: SeenChanges
}

const NAME = 'rachis'
const MISS = `${NAME}; fwd=uri-miss`
const BYPASS = `${NAME}; fwd=bypass`

const fresh = ({ text, link }: KeptAnswer, status: string): ServedAnswer => ({
  text,
  link,
  isKept: false,
  status
})

const hit = ({ text, link, until }: StoredAnswer): ServedAnswer => ({
  text,
  link,
  isKept: true,
  status: `${NAME}; hit; ttl=${Math.ceil((until - Date.now()) / 1000)}`
})

/**
 * Answers of reads that may be given again, for as long as nothing has changed that they were made from. An answer is kept with the place in
 * the change feed that was settled before it was read. It holds all changes up to there, so it is the present one where no change of its
 * resources is known behind that place, whichever process made it. What was overtaken by a change while it was read is not kept.
 * Equal reads at the same time share one.
 */
export class AnswerCache {
  private readonly reading = new Map<string, Promise<StoredAnswer | undefined>>()

  constructor(private readonly options: Options) {}

  /**
   * @param load reads the answer
   * @throws {ApiError} what `load` throws
   */
  async serve(request: CacheRequest, load: () => Promise<LoadedAnswer>): Promise<ServedAnswer> {
    const { store, seen } = this.options
    // What is not known to be the present is asked of the database.
    if (!seen.isPresent) return fresh(await load(), BYPASS)
    const kept = await store.find(request.key, this.holds)
    if (kept) return hit(kept)
    const other = this.reading.get(request.key)
    if (!other) return this.read(request, load)
    const shared = await other

    return shared && this.holds(shared)
      ? { ...hit(shared), status: `${MISS}; collapsed` }
      : fresh(await load(), MISS)
  }

  private readonly holds = ({ epoch, position, resources, until }: StoredAnswer): boolean => {
    const { seen } = this.options
    if (!seen.isPresent || epoch !== seen.place.epoch || until <= Date.now()) return false

    return resources ? seen.isUnchanged(resources, position) : seen.isAllUnchanged(position)
  }

  private async read(
    { key, seconds }: CacheRequest,
    load: () => Promise<LoadedAnswer>
  ): Promise<ServedAnswer> {
    // Known before the statement is sent: what it reads includes all changes up to there.
    const { place } = this.options.seen
    const loading = load()
    const reading = loading.then(
      (loaded): StoredAnswer => ({ ...loaded, ...place, until: Date.now() + seconds * 1000 }),
      // Whoever waited reads for themselves, and is told by their own error.
      () => undefined
    )
    this.reading.set(key, reading)
    try {
      const answer = await reading
      const isStored = answer !== undefined && this.holds(answer)
      if (isStored) this.options.store.keep(key, answer)

      return fresh(await loading, isStored ? `${MISS}; stored` : MISS)
    } finally {
      this.reading.delete(key)
    }
  }
}

declare module '../declare/declarations' {
  interface Configuration {
    /** Undefined where the server keeps no answers. */
    answerCache?: AnswerCache
  }
}
