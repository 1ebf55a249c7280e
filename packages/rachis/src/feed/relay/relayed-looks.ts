import type { LookLine } from '../../util/look-line'
import { LineAway } from '../../util/look-line'
import type { Beginning } from '../history'
import type { Look, LookRequest, Looks } from '../looks'
import { Chain } from './chain'
import { Relay } from './relay'

/** Milliseconds between two messages that say that there is something. */
const SPACING = 5

export interface RelayedLooksOptions {
  readonly line: LookLine
  /** Reads the table itself: for all, where this process leads; where something is missing; and while the line is away. */
  readonly own: Looks
  /** Milliseconds without an entry after which it does so. */
  readonly patience: number
  /** Called when it goes over to reading the table for itself alone, and when it is on the line again. */
  readonly onMove: (isOnLine: boolean) => void
}

/**
 * Of all processes on a database one reads the table, whichever holds the lease, and tells the others over a line. The table stays the
 * truth: whoever finds that an entry does not go on from what they have looks at the table once, and goes on from there. While the
 * line is away each reads for itself.
 */
export class RelayedLooks implements Looks {
  private isStopped = false
  /** Whether it reads the table for itself, as if there were no line; undefined until it has found out. */
  private isAlone?: boolean
  private hasFollowed = false
  private hasFailed = false
  private opening?: Promise<void>
  private history = ''
  private chain?: Chain
  private relay?: Relay
  private sentAt = -Infinity
  private timer?: NodeJS.Timeout

  constructor(private readonly options: RelayedLooksOptions) {
    options.line.onOpen(() => options.own.wake())
  }

  get isReading(): boolean {
    return this.readsItself && this.options.own.isReading
  }

  begin(ended?: string): Promise<Beginning> {
    return this.options.own.begin(ended)
  }

  async next(request: LookRequest): Promise<Look | undefined> {
    await (this.opening ??= this.options.line.open())
    if (this.isStopped) return undefined
    this.history = request.epoch
    if (!this.options.line.isOpen || request.epoch === '') return this.alone(request)
    try {
      return await this.onLine(request)
    } catch (error) {
      if (!(error instanceof LineAway)) throw error
      return this.isStopped ? undefined : this.alone(request)
    }
  }

  wake() {
    if (this.readsItself) return this.options.own.wake()
    if (this.timer) return
    const wait = this.sentAt + SPACING - performance.now()
    if (wait <= 0) this.sendWake()
    else this.timer = setTimeout(() => this.sendWake(), wait).unref()
  }

  wrote() {
    if (this.isAlone ?? true) this.options.own.wrote()
    else this.wake()
  }

  stop() {
    this.isStopped = true
    if (this.timer) this.sendWake()
    this.leaveRelay()
    this.options.own.stop()
    this.options.line.stop()
  }

  private get readsItself(): boolean {
    return (this.isAlone ?? true) || this.relay !== undefined
  }

  private sendWake() {
    clearTimeout(this.timer)
    this.timer = undefined
    this.sentAt = performance.now()
    this.options.line.wake(this.history).catch(() => undefined)
  }

  private alone(request: LookRequest): Promise<Look | undefined> {
    this.leaveRelay()
    this.chain = undefined
    if (!this.isAlone) this.wakeOwn()
    this.move(true)

    return this.read(request)
  }

  private async onLine(request: LookRequest): Promise<Look | undefined> {
    await this.relay?.settled()
    if (!this.relay?.isLeading || !this.relay.isOf(request)) this.leaveRelay()
    if (this.relay) return this.lead(this.relay, request)

    return this.chain?.isAt(request) ? this.follow(this.chain, request) : this.join(request)
  }

  /** Looks at the table, and goes on from there behind what had been told before it looked. */
  private async join(request: LookRequest): Promise<Look | undefined> {
    const { line } = this.options
    this.chain = undefined
    const id = await line.top(request.epoch)
    this.wakeOwn()
    const look = await this.read(request)
    if (!look?.isAll || isOver(look, request)) return look
    const isRefill = this.hasFollowed
    this.hasFollowed = true
    this.chain = new Chain({ id, look, toOwn: (at) => line.toOwn(at) })
    this.move(false)
    await this.takeLead(request.epoch, id).catch(() => undefined)

    return { ...look, isRefill }
  }

  private async follow(chain: Chain, request: LookRequest): Promise<Look | undefined> {
    const until = performance.now() + this.options.patience
    while (performance.now() < until) {
      const entries = await this.options.line.read(request.epoch, chain.id)
      if (this.isStopped) return undefined
      if (entries.length > 0) return chain.take(entries, request.ask) ?? this.join(request)
      if (await this.takeLead(request.epoch, chain.id)) return this.onLine(request)
    }

    return this.join(request)
  }

  private async lead(relay: Relay, request: LookRequest): Promise<Look | undefined> {
    const look = await this.read(request).catch(async (error: unknown) => {
      await relay.leave()
      throw error
    })
    if (!look) return undefined
    if (isOver(look, request)) await relay.breakOff(look, request.cursor)
    else relay.tell(look)

    return { ...look, source: 'relay' }
  }

  private async takeLead(history: string, top: string): Promise<boolean> {
    const { line, patience, own } = this.options
    if (!(await line.lead(history, top))) return false
    this.chain = undefined
    const onWake = () => own.wake()
    this.relay = new Relay({ line, history, top, patience, onWake, onEnd: onWake })
    this.wakeOwn()

    return true
  }

  private leaveRelay() {
    void this.relay?.leave()
    this.relay = undefined
  }

  /** A table that cannot be read is tried from time to time, not at once again. */
  private wakeOwn() {
    if (!this.hasFailed) this.options.own.wake()
  }

  private async read(request: LookRequest): Promise<Look | undefined> {
    this.hasFailed = true
    const look = await this.options.own.next(request)
    this.hasFailed = false

    return look
  }

  private move(isAlone: boolean) {
    if (this.isAlone === isAlone) return
    if (isAlone || this.isAlone) this.options.onMove(!isAlone)
    this.isAlone = isAlone
  }
}

/** Whether it shows another history than was asked for. */
const isOver = (look: Look, { epoch, cursor }: LookRequest): boolean =>
  look.epoch !== epoch || cursor > look.last
