/** Bytes below which a reader counts as having taken what it was sent. */
export const LOW = 16_384
/** Bytes that may wait for all readers of a process together. Beyond them each has `SHARE`, so that thousands who stall do not fill the memory. */
const TOGETHER = 33_554_432
const SHARE = 16_384

/** What a transport does for one of its readers. */
export interface BacklogReader {
  /** Bytes that it has not taken. */
  waiting(): number
  /** Changes whenever it takes some. */
  progress(): number
  /** More waits than may: nothing more may be sent to it until `onDrained`. Called once the code that runs now is done. */
  onOver(): void
  onDrained(): void
  /** It has taken nothing for as long as it may. */
  onStalled(): void
}

/** The bytes that wait for one reader. */
export class Backlog {
  private counted = 0
  private isChecking = false
  private timer?: NodeJS.Timeout
  private waiters: (() => void)[] = []
  /** Whether more waits, or has waited and is not taken yet, than may. */
  isOver = false

  constructor(
    private readonly all: Backlogs,
    private readonly reader: BacklogReader
  ) {}

  /** To be called after each write. The bytes are looked at once for all that is written in one go: a transport may take them at once. */
  grew() {
    if (this.isChecking) return
    this.isChecking = true
    queueMicrotask(() => this.check())
  }

  /** To be called when the transport has taken bytes. */
  shrank() {
    if (this.isAtRest) return
    if (this.count() > LOW) return
    this.settle()
    if (!this.isOver) return
    this.isOver = false
    this.reader.onDrained()
  }

  /** Resolves once the reader has taken what it was sent, or is closed. One that takes nothing is reported as stalled. */
  async drained(): Promise<void> {
    if (this.all.isClosed(this) || this.count() <= LOW) return
    this.watch()
    await new Promise<void>((resolve) => this.waiters.push(resolve))
  }

  /** To be called when the connection has gone. */
  close() {
    this.all.remove(this)
    this.settle()
  }

  /** Whether nobody waits for what it takes, as after most writes. What it has not taken is counted when that grows. */
  private get isAtRest(): boolean {
    return this.counted === 0 && !this.isOver && !this.timer && this.waiters.length === 0
  }

  /** Bytes that were counted last. */
  get bytes(): number {
    return this.counted
  }

  private check() {
    this.isChecking = false
    if (this.all.isClosed(this) || this.isOver || this.count() <= this.all.limit) return
    this.isOver = true
    this.watch()
    this.reader.onOver()
  }

  private count(): number {
    const before = this.counted
    this.counted = this.all.isClosed(this) ? 0 : this.reader.waiting()
    this.all.add(this.counted - before)

    return this.counted
  }

  private settle() {
    clearTimeout(this.timer)
    this.timer = undefined
    for (const resolve of this.waiters.splice(0)) resolve()
  }

  private watch() {
    if (this.timer) return
    const before = this.reader.progress()
    this.timer = setTimeout(() => {
      this.timer = undefined
      this.shrank()
      if (!this.isOver && this.waiters.length === 0) return
      if (this.reader.progress() === before) this.reader.onStalled()
      else this.watch()
    }, this.all.stall)
    this.timer.unref()
  }
}

/**
 * Bounds what waits for readers that do not read, of all transports of a process. A connection that answers pings and takes nothing
 * is found by no time-out, and both Engine.IO and a response of Node keep without bound what they are given.
 *
 * @example
 * const backlog = new Backlogs(1_048_576, 10_000).open(reader)
 * response.write(text)
 * backlog.grew()
 */
export class Backlogs {
  private readonly readers = new Set<Backlog>()
  private total = 0

  /**
   * @param own bytes that may wait for one reader
   * @param stall milliseconds that a reader may take nothing while more waits for it
   */
  constructor(
    readonly own: number,
    readonly stall: number
  ) {}

  open(reader: BacklogReader): Backlog {
    const backlog = new Backlog(this, reader)
    this.readers.add(backlog)

    return backlog
  }

  /** Bytes that may wait for a reader now. */
  get limit(): number {
    return this.total > TOGETHER ? Math.min(SHARE, this.own) : this.own
  }

  add(bytes: number) {
    this.total += bytes
  }

  remove(backlog: Backlog) {
    if (this.readers.delete(backlog)) this.total -= backlog.bytes
  }

  isClosed(backlog: Backlog): boolean {
    return !this.readers.has(backlog)
  }
}

/** The part of a TCP socket that says how much of what was written the operating system has taken, also within one large write. */
interface Written {
  readonly writableLength: number
  readonly _handle?: { readonly writeQueueSize?: number } | null
}

/** A number that changes whenever the operating system takes bytes of a socket. Node finds a connection that makes no progress by the same. */
export const unwritten = (socket: Written | null | undefined): number =>
  socket ? socket.writableLength + (socket._handle?.writeQueueSize ?? 0) : 0
