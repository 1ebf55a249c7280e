import type { StoredChange } from './change'
import type { FromReader, Handed, ToReader } from './handed'
import { encodeHanded } from './handed'
import type { Look, Looks } from './looks'
import { ChangeRing } from './ring'
import { BATCH } from './runner'

/** A process that is handed looks. */
export interface Asker {
  send(answer: FromReader): void
}

type Next = Extract<ToReader, { kind: 'next' }>
interface Parked extends Next {
  /** How many looks had begun when it came. */
  readonly arrived: number
}
interface Place {
  readonly epoch: string
  readonly cursor: number
}

export interface HandoutOptions {
  readonly looks: Looks
  /** What it keeps for those who come later, at most: changes, and characters of their rows. */
  readonly keeps?: { readonly changes: number; readonly size: number }
  /** Called with the first failure of several. */
  readonly onError: (error: unknown) => void
}

/**
 * Reads the table of changes for several processes, which ask for what is behind their places. Each look answers all that wait. The
 * first place that it hears of is where it begins; what it has read is kept for those who come later, for as long as there is room.
 */
export class Handout {
  private readonly parked = new Map<Asker, Parked>()
  private readonly asked = new Map<Asker, readonly string[]>()
  private readonly ring: ChangeRing<StoredChange>
  private readonly encoded = new Map<string, Uint8Array>()
  private place?: Place
  private latest?: Look
  private begun = 0
  /** Number of the latest look, and of the one since which the same changes wait. */
  private number = 0
  private waitingNumber = 0
  private isFailing = false
  private isStopped = false
  private running?: Promise<void>

  constructor(private readonly options: HandoutOptions) {
    this.ring = new ChangeRing(options.keeps)
  }

  receive(from: Asker, message: ToReader) {
    this.asked.set(from, message.asked)
    if (message.kind === 'next') return this.park(from, message)
    // What is asked while the table is read may be answered by what is read.
    const isLate = this.options.looks.isReading && message.asked.length > 0
    if (message.wrote) this.options.looks.wrote()
    else if (!isLate) this.options.looks.wake()
  }

  /** To be called when the process has ended. */
  leave(from: Asker) {
    this.parked.delete(from)
    this.asked.delete(from)
  }

  async stop(): Promise<void> {
    this.isStopped = true
    this.options.looks.stop()
    await this.running
  }

  private park(from: Asker, next: Next) {
    const one = { ...next, arrived: this.begun }
    this.parked.set(from, one)
    if (!this.place) this.beginAt(next)
    if (this.isDue(one)) this.answer(from, one)
    else if (this.isFresh(one)) this.options.looks.wake()
  }

  private beginAt({ epoch, cursor }: Place) {
    this.place = { epoch, cursor }
    this.latest = undefined
    this.encoded.clear()
    this.ring.restart(cursor)
    this.running ??= this.run()
  }

  private async run(): Promise<void> {
    while (!this.isStopped && this.place) await this.look(this.place)
    this.running = undefined
  }

  private async look(place: Place): Promise<void> {
    try {
      const look = await this.options.looks.next({ ...place, ask: () => this.begin() })
      this.isFailing = false
      if (look) this.take(look, place)
    } catch (error) {
      if (!this.isFailing) this.options.onError(error)
      this.isFailing = true
    }
  }

  /** A look begins. */
  private begin(): readonly string[] {
    this.begun++
    return [...new Set([...this.asked.values()].flat())]
  }

  private take(look: Look, place: Place) {
    this.number = this.begun
    this.encoded.clear()
    if (look.epoch !== place.epoch || place.cursor > look.last) this.place = undefined
    else this.keep(look)
    this.latest = look
    for (const [from, one] of this.parked) if (this.isDue(one)) this.answer(from, one)
    this.askAgain(look)
  }

  private keep(look: Look) {
    if (!this.latest || !isSame(this.latest.waiting, look.waiting)) this.waitingNumber = this.number
    this.ring.add(look.ready)
    this.place = { epoch: look.epoch, cursor: look.cursor }
  }

  private askAgain({ asked, xmin }: Look) {
    const isOpen = (tx: string) => !asked.includes(tx) && BigInt(tx) >= xmin
    if ([...this.asked.values()].some((txs) => txs.some(isOpen))) this.options.looks.wake()
  }

  /** Whether it wants a look that began after it came: it has seen what another reader saw, or another history. */
  private isFresh({ seen, epoch }: Parked): boolean {
    return seen === undefined || epoch !== this.latest?.epoch
  }

  private isDue(one: Parked): boolean {
    if (!this.latest) return false
    if (this.isFresh(one)) return this.number > one.arrived

    return this.number > one.seen! || one.cursor < (this.place?.cursor ?? 0)
  }

  private answer(from: Asker, one: Parked) {
    this.parked.delete(from)
    const { epoch, cursor } = one
    const waiting = one.waiting === this.waitingNumber
    const key = JSON.stringify([epoch, cursor, waiting])
    const bytes = this.encoded.get(key) ?? encodeHanded(this.handedAt({ epoch, cursor }, waiting))
    this.encoded.set(key, bytes)
    from.send({ id: one.id, bytes })
  }

  private handedAt({ epoch, cursor }: Place, hasWaiting: boolean): Handed {
    const { place, number, waitingNumber, latest } = this
    const { waiting, ...look } = latest!
    const none = { ...look, number, waitingNumber: -1, ready: [], cursor, waiting: [], isAll: false }
    // It sees from that itself that its history is over.
    if (!place || epoch !== look.epoch || cursor > look.last) return none
    const part = this.ring.behind(cursor, place.cursor, BATCH)
    if (!part) return undefined
    const ready = part.changes
    if (part.to < place.cursor) return { ...none, ready, cursor: part.to }
    // It has read further by itself than here.
    if (cursor > place.cursor) return none

    const known = { waitingNumber, waiting: hasWaiting ? undefined : waiting }

    return { ...none, ...known, isAll: look.isAll, ready, cursor: part.to }
  }
}

/** Changes of one history that wait behind the same place. */
const isSame = (some: readonly StoredChange[], others: readonly StoredChange[]): boolean =>
  some.length === others.length && some.every(({ id }, index) => id === others[index]!.id)
