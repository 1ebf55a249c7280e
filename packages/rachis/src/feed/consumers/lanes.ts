import type { Change } from '../change'

/** Milliseconds within which everything is sent in the order of the feed. A lane that takes longer is sent behind the rest. */
const GRACE = 50
/** Changes that may wait behind a late lane; if there are more, they are reported as lost. */
const MAX_WAITING = 1000
const TOO_MANY = 'Too many changes wait behind those that are late'

interface LanesOptions<T> {
  /** The lane of a resource. Resources of one lane follow each other and are sent in order; undefined for those that need no reading. */
  readonly laneOf: (resource: string) => string | undefined
  readonly prepare: (changes: readonly Change[]) => Promise<T[]>
  readonly tell: (item: T) => void
  /** Called where changes of these resources, up to this position, could not be sent. */
  readonly lose: (resources: ReadonlySet<string>, position: number, error: unknown) => void
}
/** Changes that are not sent any more: their readers have to fetch again. */
interface Lost {
  readonly resources: Set<string>
  position: number
}
interface Late {
  readonly begin: number
  readonly waiting: Change[]
  /** Takes the place of `waiting` where too many wait: the images of their rows would fill the memory. */
  lost?: Lost
  readonly done: Promise<void>
}
interface Part<T> {
  readonly lane: string | undefined
  readonly changes: readonly Change[]
  readonly prepared: Promise<T[]>
  result?: T[] | Error
}

/**
 * Tells changes in lanes: telling of a record that follows others reads those, whose table somebody may have locked. That holds
 * up the lane of these resources, and none of the others; what cannot be read at all is reported as lost.
 */
export class Lanes<T extends { readonly change: Change }> {
  private readonly late = new Map<string, Late>()
  /** Of the last change that was handed on. */
  position = 0

  constructor(private readonly options: LanesOptions<T>) {}

  /** Takes up at another place, as in another history of the feed. */
  restart(position: number) {
    this.position = position
  }

  get isLate(): boolean {
    return this.late.size > 0
  }

  /** The position up to which everything is sent. */
  get told(): number {
    return Math.min(this.position, ...[...this.late.values()].map(({ begin }) => begin))
  }

  async idle(): Promise<void> {
    while (this.late.size > 0) await Promise.all([...this.late.values()].map(({ done }) => done))
  }

  /** Resolves once everything up to this position, which was handed on, is sent. */
  async reached(position: number): Promise<void> {
    while (this.told < position && this.isLate)
      await Promise.race([...this.late.values()].map(({ done }) => done))
  }

  async consume(changes: readonly Change[]): Promise<void> {
    const parts = this.partsOf(changes)
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, GRACE)))
    const all = Promise.all(parts.map(({ prepared }) => prepared.catch(() => undefined)))
    await Promise.race([all, patience]).finally(() => clearTimeout(timer))
    const news = parts.flatMap(({ result }) => (Array.isArray(result) ? result : []))
    for (const item of news.sort((a, b) => a.change.id - b.change.id)) this.options.tell(item)
    for (const part of parts) {
      if (part.result instanceof Error) this.lose(part.changes, part.result)
      else if (!part.result) this.fallBehind(part)
    }
    this.position = changes.at(-1)!.id
  }

  private partsOf(changes: readonly Change[]): Part<T>[] {
    const byLane = new Map<string | undefined, Change[]>()
    for (const change of changes) {
      const lane = this.options.laneOf(change.resource)
      const late = this.late.get(lane ?? '')
      const own = byLane.get(lane)
      if (late) wait(late, change)
      else if (own) own.push(change)
      else byLane.set(lane, [change])
    }

    return [...byLane].map(([lane, own]) => this.begin(lane, own))
  }

  private begin(lane: string | undefined, changes: readonly Change[]): Part<T> {
    const part: Part<T> = { lane, changes, prepared: this.options.prepare(changes) }
    part.prepared.then(
      (news) => (part.result = news),
      (error: unknown) => (part.result = error instanceof Error ? error : new Error(String(error)))
    )

    return part
  }

  private fallBehind({ lane = '', changes, prepared }: Part<T>) {
    const late: Late = {
      begin: changes[0]!.id - 1,
      waiting: [],
      done: Promise.resolve().then(() => this.finish(lane, late, changes, prepared))
    }
    this.late.set(lane, late)
  }

  /** Tells what is late, then what has come meanwhile. */
  private async finish(lane: string, late: Late, changes: readonly Change[], prepared: Promise<T[]>) {
    try {
      for (const item of await prepared) this.options.tell(item)
    } catch (error) {
      this.lose([...changes, ...late.waiting.splice(0)], error)
    }
    if (late.lost) this.options.lose(late.lost.resources, late.lost.position, new Error(TOO_MANY))
    this.late.delete(lane)
    const waiting = late.waiting.splice(0)
    if (waiting.length > 0) this.fallBehind(this.begin(lane, waiting))
  }

  private lose(changes: readonly Change[], error: unknown) {
    this.options.lose(new Set(changes.map(({ resource }) => resource)), changes.at(-1)!.id, error)
  }
}

const wait = (late: Late, change: Change) => {
  const { waiting } = late
  if (!late.lost && waiting.length < MAX_WAITING) {
    waiting.push(change)
    return
  }
  late.lost ??= { resources: new Set(waiting.splice(0).map(({ resource }) => resource)), position: change.id }
  late.lost.resources.add(change.resource)
  late.lost.position = change.id
}
