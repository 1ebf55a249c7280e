import type { User } from '../../rules/policy'
import { withTimeout } from '../../util/timeout'
import { addressMark, Marks, resourceMark, userMark } from './marks'
import { Progress } from './progress'
import type { Admit } from '../../sql/database'
import type { ReadSource } from './source'

/** What a copy says of itself. */
export interface ReplicaState {
  readonly isStandby: boolean
  /** How far it has the primary's log. */
  readonly position: number | null
  /** The name of the history of changes that it has. */
  readonly epoch: string | null
}

/** Why a copy is not read from. */
export type ReplicaTrouble = 'starting' | 'unreachable' | 'no standby' | 'other history' | 'lag'

export interface ReplicaStatus {
  readonly status: 'ok' | ReplicaTrouble
  /** Seconds for which the primary has had what the copy lacks. */
  readonly lag: number
}

/** The part of the change feed that is asked. */
interface ReadFeed {
  readonly epoch: string
  readonly cursor: number
  hasReadWithin(milliseconds: number): boolean
}

export interface ReplicaReadsOptions {
  readonly feed: ReadFeed
  /** Asks the copy how far it is. */
  readonly look: () => Promise<ReplicaState>
  /** Asks the primary how far its log is. */
  readonly ask: () => Promise<number>
  /** Whether the copy has a transaction: of another process, whose writes this one has not heard of yet. */
  readonly hasTransaction: (id: string) => Promise<boolean>
  /** What reads from the copy, and waits by `admit` where the primary has to do it after all. */
  readonly sourceFor: (admit: Admit) => Omit<ReadSource, 'token'>
  /** The token of a place in the feed for who reads. */
  readonly tokenAt: (place: number) => (user: User) => string
  /** The resources that decide about who may read those of a model; of all models for `undefined`. */
  readonly resources: ReadonlyMap<string | undefined, readonly string[]>
  /** Milliseconds. */
  readonly maxLag: number
  readonly onChange: (status: ReplicaStatus['status']) => void
}

interface Caller {
  readonly user?: { readonly id: unknown } | null
  readonly address?: string
  readonly connection?: object
}

export interface ReadRequest {
  /** Undefined for a read that may ask for records of any resource. */
  readonly model?: string
  readonly caller: Caller
  /** A transaction that the caller has to see. */
  readonly tx?: string
  /** Has the read wait for a place in front of the primary, if the copy fails it. */
  readonly admit: Admit
}

/** Milliseconds between two looks. */
const INTERVAL = 1000
/** Milliseconds between two questions to the primary, where something is written all the time. */
const SPACING = 5
/** Milliseconds that a read waits to hear whether the copy has what its caller wrote. */
const PATIENCE = 250
/** Milliseconds within which this process must have heard of all changes: those of rights among them. */
const HEARD = 2000
/** A connection hears of changes, and must not read what was before them. */
const TOLD = 'told'

/**
 * Decides whether a read goes to a copy of the primary. Whoever has written reads the primary until the copy has the position of their write;
 * so does whoever's rights have changed, or who reads what other records decide about, since these were changed.
 */
export class ReplicaReads {
  private readonly marks = new Marks()
  private readonly progress = new Progress()
  private trouble: ReplicaTrouble | undefined = 'starting'
  private told?: ReplicaStatus['status']
  private timer?: NodeJS.Timeout
  private asking?: Promise<void>
  private looking?: Promise<void>
  /** How many reads went where. */
  readonly reads = { primary: 0, replica: 0 }

  constructor(private readonly options: ReplicaReadsOptions) {}

  start() {
    this.timer = setInterval(() => void this.refresh(), INTERVAL)
    this.timer.unref()
    void this.refresh()
  }

  stop() {
    clearInterval(this.timer)
  }

  get status(): ReplicaStatus {
    const lag = this.progress.lag(Date.now())
    const starting = this.progress.place === undefined ? 'starting' : undefined
    const late = lag > this.options.maxLag ? 'lag' : starting

    return { status: this.trouble ?? late ?? 'ok', lag: Math.round(lag / 100) / 10 }
  }

  /** Says that a caller has written: to be called once it is committed, before they are answered. */
  wrote({ user, address }: Caller) {
    if (user) this.note([userMark(user.id)])
    else if (address !== undefined) this.note([addressMark(address)])
  }

  /** Says that something was committed that these must not read without. */
  note(names: readonly string[]) {
    for (const name of [TOLD, ...names]) this.marks.note(name)
    this.askAgain(0)
  }

  /** Says that something was committed, and nobody knows what. */
  noteAll() {
    this.progress.clear()
    this.marks.noteAll()
    this.askAgain(0)
  }

  /** Says that the copy has gone away. It is looked at again from time to time. */
  failed() {
    this.trouble = 'unreachable'
    this.tell()
  }

  /** Where a read goes: to a copy, or to the primary, for which the answer is undefined. */
  async sourceFor(request: ReadRequest): Promise<ReadSource | undefined> {
    const isUsable = this.isUsable && (await this.hasAllFor(request))
    this.reads[isUsable ? 'replica' : 'primary']++

    const { sourceFor, tokenAt } = this.options

    return isUsable ? { ...sourceFor(request.admit), token: tokenAt(this.progress.place!) } : undefined
  }

  private get isUsable(): boolean {
    return this.status.status === 'ok' && this.options.feed.hasReadWithin(HEARD)
  }

  private async hasAllFor({ model, caller, tx }: ReadRequest): Promise<boolean> {
    const needed = this.marks.of(this.namesOf(model, caller))
    if (needed === Infinity) return false
    if (needed > (this.progress.replayed ?? 0)) await withTimeout(PATIENCE, this.look())
    if (needed > (this.progress.replayed ?? 0) || !this.isUsable) return false

    return tx === undefined || this.hasTransaction(tx)
  }

  /** A copy that fails or does not answer in time is not read from: the primary answers instead. */
  private async hasTransaction(tx: string): Promise<boolean> {
    let has = false
    const asked = this.options.hasTransaction(tx).then(
      (answer) => (has = answer),
      () => this.failed()
    )
    await withTimeout(PATIENCE, asked)

    return has
  }

  private namesOf(model: string | undefined, { user, address, connection }: Caller): string[] {
    return [
      ...(user ? [userMark(user.id)] : []),
      ...(address === undefined ? [] : [addressMark(address)]),
      ...(connection ? [TOLD] : []),
      ...(this.options.resources.get(model) ?? []).map(resourceMark)
    ]
  }

  private async refresh(): Promise<void> {
    await (this.asking ??= this.ask())
    await withTimeout(INTERVAL, this.look())
    this.tell()
  }

  private tell() {
    const { status } = this.status
    if (status === this.told) return
    this.told = status
    this.options.onChange(status)
  }

  private look(): Promise<void> {
    return (this.looking ??= this.lookOnce().finally(() => (this.looking = undefined)))
  }

  private async lookOnce(): Promise<void> {
    const late = setTimeout(() => this.failed(), INTERVAL)
    try {
      this.trouble = this.troubleOf(await this.options.look())
    } catch {
      this.trouble = 'unreachable'
    } finally {
      clearTimeout(late)
    }
  }

  private troubleOf({ isStandby, position, epoch }: ReplicaState): ReplicaTrouble | undefined {
    if (!isStandby || position === null) return 'no standby'
    if (epoch !== this.options.feed.epoch) return 'other history'
    // It was set up anew from an older state.
    if (position < (this.progress.replayed ?? 0)) this.progress.clear()
    this.progress.replay(position)
    this.marks.passed(position)

    return undefined
  }

  private askAgain(delay: number) {
    if (this.asking) return
    this.asking = new Promise<void>((resolve) => setTimeout(resolve, delay)).then(() => this.ask())
  }

  /** Where the primary gives no answer the next look asks again. */
  private async ask(): Promise<void> {
    const { feed, ask } = this.options
    const [place, epoch, at, taken] = [feed.cursor, feed.epoch, Date.now(), this.marks.take()]
    const position = await ask().catch(() => undefined)
    const isKnown = position !== undefined && epoch === feed.epoch
    if (isKnown) {
      this.marks.settle(taken, position)
      this.progress.add({ place, position, at })
    } else this.marks.giveBack(taken)
    this.asking = undefined
    if (isKnown && this.marks.isAsking) this.askAgain(SPACING)
  }
}

declare module '../../declare/declarations' {
  interface Configuration {
    /** Undefined where there is no copy to read from. */
    replicaReads?: ReplicaReads
  }
}
