import { ApiError } from '../errors/errors'

interface SemaphoreOptions {
  /** How many work at once. */
  readonly threads: number
  /** How many may wait besides. */
  readonly queue: number
}
interface Waiting {
  start(): void
  refuse(error: ApiError): void
}

/**
 * A counting semaphore with a bounded queue that is fair between callers: each caller that waits has one turn after the other
 * callers. Where the queue is full, whoever has most waiting gives up a place, so that a flood from one address is refused at its own
 * cost and nobody else's.
 *
 * @example
 * const semaphore = new Semaphore({ threads: 2, queue: 50 })
 * await semaphore.run(() => bcrypt.hash(password), '203.0.113.9')
 */
export class Semaphore {
  /** By caller, in the order of their next turns. */
  private readonly waiting = new Map<string, Waiting[]>()
  private count = 0
  private working = 0

  constructor(private readonly options: SemaphoreOptions) {}

  /** @throws UNAVAILABLE with Retry-After where the queue is full, and for whom a place was given up */
  async run<T>(work: () => Promise<T>, caller = ''): Promise<T> {
    if (this.working >= this.options.threads) await this.wait(caller)
    else this.working++
    try {
      return await work()
    } finally {
      this.pass()
    }
  }

  private wait(caller: string): Promise<void> {
    if (this.count >= this.options.queue) this.makeRoom(caller)

    return new Promise<void>((start, refuse) => {
      const own = this.waiting.get(caller) ?? []
      own.push({ start, refuse })
      this.waiting.set(caller, own)
      this.count++
    })
  }

  /** Takes the last place of the caller with most of them, unless that is the one who asks. */
  private makeRoom(caller: string) {
    const own = this.waiting.get(caller)?.length ?? 0
    const lists = [...this.waiting.values()]
    const longest = lists.reduce((most, list) => (list.length > most.length ? list : most), lists[0] ?? [])
    if (longest.length <= own + 1) throw busy()
    this.count--
    longest.pop()!.refuse(busy())
  }

  /** The turn goes on without being free in between: nobody who comes just then is before those who wait. */
  private pass() {
    const [entry] = this.waiting
    if (!entry) {
      this.working--
      return
    }
    const [caller, list] = entry
    const next = list.shift()!
    this.waiting.delete(caller)
    if (list.length > 0) this.waiting.set(caller, list)
    this.count--
    next.start()
  }
}

const busy = () =>
  new ApiError('UNAVAILABLE', {
    message: 'Too many passwords are being checked at once',
    headers: { 'Retry-After': '5' }
  })
