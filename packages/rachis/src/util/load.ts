import { ApiError } from '../errors/errors'

/** What is told to whoever is refused since the event loop is late. */
export const OVER = 'The server has more to do than it can'
/** Seconds after which they may come back. */
export const RETRY_AFTER = '2'
/** Milliseconds between looks at how late the event loop is. */
const LOOK = 100
/** The weight of a look among those before: one long turn, as of a large answer, is none of overload. */
const WEIGHT = 0.5

/**
 * How late the event loop is: the time that everything waits which has arrived, before anything is done for it. Where it is later than it may be, more work than the
 * process can do is coming in, and taking still more would only make all of it later.
 *
 * @example
 * const load = new Load(1000)
 * load.start()
 * if (load.isOver) refuse(request)
 */
export class Load {
  /** Milliseconds, of the last looks together. */
  delay = 0
  /** How many calls were refused, by transport. */
  readonly refused = { rest: 0, socketio: 0 }
  private timer?: NodeJS.Timeout
  private due = 0

  /**
   * @param most milliseconds that it may be late; 0 for any
   * @param onChange told when calls begin to be refused, and when they are no more
   */
  constructor(
    private readonly most: number,
    private readonly onChange: (isOver: boolean, delay: number) => void = () => undefined
  ) {}

  /** Whether calls are to be refused until the event loop has caught up. */
  get isOver(): boolean {
    return this.most > 0 && this.delay > this.most
  }

  /**
   * The refusal of a call, or of a handshake, that comes while the event loop is late; undefined where it is not.
   *
   * @param transport that counts it as refused
   */
  refusal(transport: keyof Load['refused']): ApiError | undefined {
    if (!this.isOver) return undefined
    this.refused[transport]++

    return new ApiError('OVERLOADED', { message: OVER, headers: { 'Retry-After': RETRY_AFTER } })
  }

  start(): void {
    if (this.most === 0) return
    this.due = performance.now() + LOOK
    this.timer = setInterval(() => this.look(), LOOK).unref()
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private look() {
    const now = performance.now()
    const before = this.isOver
    this.delay += WEIGHT * (Math.max(0, now - this.due) - this.delay)
    this.due = now + LOOK
    if (this.isOver !== before) this.onChange(this.isOver, this.delay)
  }
}
