import type { StoredChange } from './change'
import type { FromReader, Handed, HandedLook, ToReader } from './handed'
import { decodeHanded } from './handed'
import type { Beginning } from './history'
import type { Look, LookRequest, Looks } from './looks'

/** Milliseconds between two messages that say that there is something. */
const SPACING = 5

/** How a process talks to the one that reads the table for it. */
export interface ReaderChannel {
  send(message: ToReader): void
  /** Has this called with each answer. */
  listen(receive: (answer: FromReader) => void): void
}

export interface HandedLooksOptions {
  readonly channel: ReaderChannel
  /** Reads the table itself, where nothing is handed. */
  readonly own: Looks
  /** Milliseconds without an answer after which it does so. */
  readonly patience: number
  /** Called when it goes over to reading the table itself, and when it is handed looks again. */
  readonly onMove: (isHanded: boolean) => void
}

/**
 * Is handed looks by another process. Where that one says nothing for too long, the table is read here until it speaks again. One
 * request is on its way at a time, so that nothing piles up for a process that does not keep up.
 */
export class HandedLooks implements Looks {
  readonly isReading = false
  private isStopped = false
  private isAway = false
  private lastId = 0
  private outstanding?: number
  private answered?: (handed?: HandedLook) => void
  private ask: LookRequest['ask'] = () => []
  private seen?: number
  private waiting: { readonly number: number; readonly changes: readonly StoredChange[] } | undefined
  private sentAt = -Infinity
  private requestedAt = -Infinity
  private hasWritten = false
  private timer?: NodeJS.Timeout

  constructor(private readonly options: HandedLooksOptions) {
    options.channel.listen((answer) => this.receive(answer))
  }

  begin(ended?: string): Promise<Beginning> {
    this.isStopped = false
    this.forget()

    return this.options.own.begin(ended)
  }

  async next(request: LookRequest): Promise<Look | undefined> {
    this.ask = request.ask
    const handed = await this.handed(request)
    if (this.isStopped) return undefined
    if (handed) return this.lookOf(handed)
    this.forget()
    if (!this.isAway) this.options.own.wake()

    return this.options.own.next(request)
  }

  wake() {
    if (this.isAway) this.options.own.wake()
    if (this.timer) return
    const wait = this.sentAt + SPACING - performance.now()
    if (wait <= 0) this.sendWake()
    else this.timer = setTimeout(() => this.sendWake(), wait).unref()
  }

  wrote() {
    this.hasWritten = true
    this.wake()
  }

  stop() {
    this.isStopped = true
    this.answered?.()
    this.options.own.stop()
  }

  private sendWake() {
    this.timer = undefined
    this.sentAt = performance.now()
    this.options.channel.send({ kind: 'wake', asked: this.ask(), wrote: this.hasWritten })
    this.hasWritten = false
  }

  /** What was handed before says nothing any more of what another reader has seen since. */
  private forget() {
    this.seen = this.waiting = undefined
  }

  private handed(request: LookRequest): Promise<HandedLook | undefined> | undefined {
    if (this.outstanding === undefined || this.isOverdue) this.request(request)
    if (this.isAway) return undefined

    return new Promise((resolve) => {
      const timer = setTimeout(() => this.answered?.(this.move(false)), this.options.patience).unref()
      this.answered = (handed) => {
        clearTimeout(timer)
        this.answered = undefined
        resolve(handed)
      }
    })
  }

  /** Whether the answer may be lost, so that it is to be asked again: else nothing would be handed for ever. */
  private get isOverdue(): boolean {
    return this.isAway && performance.now() - this.requestedAt > this.options.patience
  }

  private request({ epoch, cursor, ask }: LookRequest) {
    this.outstanding = ++this.lastId
    this.requestedAt = performance.now()
    const known = { seen: this.seen, waiting: this.waiting?.number }
    this.options.channel.send({ kind: 'next', id: this.outstanding, epoch, cursor, asked: ask(), ...known })
  }

  private receive({ id, bytes }: FromReader) {
    if (id !== this.outstanding) return
    this.outstanding = undefined
    // It is of a place that was left meanwhile.
    if (this.isAway) this.move(true)
    else this.answered?.(decodeHanded(bytes))
  }

  private move(isHanded: boolean): undefined {
    this.isAway = !isHanded
    this.options.onMove(isHanded)
  }

  private lookOf({ number, waitingNumber, waiting, ...look }: NonNullable<Handed>): Look {
    this.seen = number
    const changes = waiting ?? this.waiting?.changes ?? []
    this.waiting = { number: waitingNumber, changes }

    return { ...look, waiting: changes }
  }
}
