import fastq from 'fastq'
import { FairQueue } from '../util/fair-queue'
import type { Feed } from './feed'
import type { Batch } from './runner'
import { BATCH } from './runner'

/** Reads of the table of changes that run at once for all who come back: live events need the database as well. */
const REPLAYS = 2
/** Lists that are read at once for all who subscribe: they use connections of the pool that requests need. */
const FINDS = 4
/** Milliseconds that one waits for its list to be begun with. Its client is told when to ask again, and asks spread over some seconds. */
const PATIENCE = 10_000

export interface RationsOptions {
  readonly feed: Pick<Feed, 'readAgain'>
  /** The error of whoever has waited too long for its list. */
  readonly overloaded: () => Error
}

/**
 * What connections need of the database when thousands of them come back at once, as after a deploy: a few reads at a time in each process,
 * in the order in which they were asked for, so that requests and live events go on meanwhile. What the memory has needs no ration.
 */
export class Rations {
  private readonly replays: fastq.queueAsPromised<number, Batch>
  private readonly reading = new Map<number, Promise<Batch>>()
  private readonly finds: FairQueue

  constructor({ feed, overloaded }: RationsOptions) {
    this.replays = fastq.promise((after: number) => feed.readAgain(after, BATCH), REPLAYS)
    this.finds = new FairQueue({ capacity: FINDS, queue: Infinity, timeout: PATIENCE, refusal: overloaded })
  }

  /**
   * Changes behind an id, at most a batch. Those who were told the same before they were cut ask for the same, and share one read.
   *
   * @throws what the read throws, whose statement has a time-out; whoever asked tries again from where it was
   */
  replay(after: number): Promise<Batch> {
    const known = this.reading.get(after)
    if (known) return known
    const read = this.replays.push(after).finally(() => this.reading.delete(after))
    this.reading.set(after, read)

    return read
  }

  /**
   * Reads a list of somebody who subscribes, or reads anew.
   *
   * @throws `overloaded` where it could not be begun with in time
   */
  find<T>(read: () => Promise<T>): Promise<T> {
    return this.finds.run(read)
  }
}
