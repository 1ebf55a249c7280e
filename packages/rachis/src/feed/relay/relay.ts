import type { LookLine } from '../../util/look-line'
import type { Look, LookRequest } from '../looks'
import type { RelayEntry } from './entry'
import { encodeEntry } from './entry'

/** What stays on the line, about: entries, and characters of them. Whoever needs older ones reads the table. */
const MOST = { entries: 1000, size: 33_554_432 }
/** Milliseconds after which the lease is made longer where no entry has done so; a quarter of it. */
const RENEW = 250

export interface RelayOptions {
  readonly line: LookLine
  readonly history: string
  /** Id of the last entry when it began to lead. */
  readonly top: string
  /** Milliseconds without a look after which others are to read instead. */
  readonly patience: number
  /** There may be something to read. */
  readonly onWake: () => void
  /** Somebody else leads, or the line is away. */
  readonly onEnd: () => void
}

/** Tells all machines what this process sees in the table, for as long as it leads. */
export class Relay {
  isLeading = true
  private id: string
  private hasBegun = false
  /** Ids of changes that wait, and are on the line already. */
  private sent: ReadonlySet<number> = new Set()
  private readonly sizes: number[] = []
  private size = 0
  private lookedAt = performance.now()
  private renewedAt = performance.now()
  private sending: Promise<void> = Promise.resolve()

  constructor(private readonly options: RelayOptions) {
    this.id = options.top
    void this.listen().catch(() => this.end())
  }

  isOf({ epoch }: LookRequest): boolean {
    return epoch === this.options.history
  }

  /** Resolves once what was told last has arrived: no two are on their way, so that nothing piles up. */
  async settled(): Promise<void> {
    await this.sending
  }

  /** Puts a look on the line. It is not waited for: this process has it already. */
  tell(look: Look) {
    this.lookedAt = performance.now()
    if (!this.isLeading) return
    const entry = this.entryOf(look)
    const number = Math.max(numberBehind(this.id, entry.cursor), Date.now())
    this.id = `${entry.cursor}-${number}`
    this.sending = this.append(encodeEntry(entry)).catch(() => this.end())
  }

  /** Has everybody look at the table: it has another history now. */
  async breakOff(look: Look, cursor: number): Promise<void> {
    this.hasBegun = false
    this.tell({ ...look, cursor, ready: [], waiting: [] })
    await this.sending
    await this.leave()
  }

  async leave(): Promise<void> {
    this.end()
    await this.options.line.resign(this.options.history).catch(() => undefined)
  }

  private async append(text: string): Promise<void> {
    const { line, history } = this.options
    this.renewedAt = performance.now()
    if (!(await line.append(history, { id: this.id, text, keep: this.kept(text.length) }))) this.end()
  }

  /** Only what the line does not have yet: what waits behind an open transaction would be sent fifty times a second. */
  private entryOf(look: Look): RelayEntry {
    const { cursor, last, snapshot, isAll, ready, waiting } = look
    const added = [...ready, ...waiting].filter(({ id }) => !this.sent.has(id))
    this.sent = new Set([...this.sent, ...added.map(({ id }) => id)].filter((id) => id > cursor))
    const previous = this.hasBegun ? this.id : ''
    this.hasBegun = true

    return { previous, cursor, last, at: this.options.line.toShared(look.at), snapshot, isAll, added }
  }

  /** How many of the last entries may stay. */
  private kept(size: number): number {
    this.sizes.push(size)
    this.size += size
    while (this.sizes.length > MOST.entries || (this.sizes.length > 1 && this.size > MOST.size))
      this.size -= this.sizes.shift()!

    return this.sizes.length
  }

  /** Hears what others write, and stays in charge. */
  private async listen(): Promise<void> {
    const { line, history, onWake } = this.options
    while (this.isLeading) {
      if (await line.isWoken(history)) onWake()
      if (performance.now() - this.renewedAt < RENEW) continue
      if (this.isLeading && !(await this.stay())) this.end()
    }
  }

  private async stay(): Promise<boolean> {
    const { line, history, patience } = this.options
    this.renewedAt = performance.now()
    if (this.renewedAt - this.lookedAt < patience) return line.stay(history)
    await line.resign(history)

    return false
  }

  private end() {
    if (!this.isLeading) return
    this.isLeading = false
    this.options.onEnd()
  }
}

/** What a further entry at this place is to have at least, so that its id is behind another one. */
const numberBehind = (id: string, cursor: number): number => {
  const [place, number] = id.split('-').map(Number)
  return place === cursor ? number! + 1 : 0
}
