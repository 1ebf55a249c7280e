import { ApiError } from '../errors'

interface TurnsOptions {
  /** How many work at once. */
  readonly threads: number
  /** How many may wait besides. */
  readonly queue: number
}

/**
 * Work that takes turns. What would have to wait behind too many others is refused at once, so that a flood costs those in it
 * and nobody else.
 *
 * @example
 * const turns = new Turns({ threads: 2, queue: 50 })
 * await turns.take(() => bcrypt.hash(password))
 */
export class Turns {
  private readonly waiting: (() => void)[] = []
  private working = 0

  constructor(private readonly options: TurnsOptions) {}

  /** @throws UNAVAILABLE with Retry-After where the queue is full */
  async take<T>(work: () => Promise<T>): Promise<T> {
    const { threads, queue } = this.options
    if (this.working >= threads) {
      if (this.waiting.length >= queue) throw busy()
      await new Promise<void>((resolve) => this.waiting.push(resolve))
    } else this.working++
    try {
      return await work()
    } finally {
      this.pass()
    }
  }

  /** The turn goes to whoever waits longest, without being free in between: nobody who comes just then is before him. */
  private pass() {
    const next = this.waiting.shift()
    if (next) next()
    else this.working--
  }
}

const busy = () =>
  new ApiError('UNAVAILABLE', {
    message: 'Too many passwords are being checked at once',
    headers: { 'Retry-After': '5' }
  })
