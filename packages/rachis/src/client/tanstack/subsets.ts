import type { LoadSubsetOptions } from '@tanstack/db'
import type { RachisError } from '../errors'
import type { Live } from '../live/store'
import { List } from './list'
import { textRangesIn } from './reading'
import type { ItemNaming, Naming } from './reading'
import type { Rows, Step, Sync } from './rows'
import { wantedBy } from './wanted'
import type { Wanted } from './wanted'

type Filter = Readonly<Record<string, unknown>>
type Open = (wanted: Wanted) => Live<unknown>

/** The lists with one filter and order, of which the longest has what all who hold them want. */
interface Group {
  readonly lists: List[]
  holders: number
}

const wantedOf = ({ lists }: Group): Wanted => lists.at(-1)!.wanted
const asksNulls = (wanted: readonly Wanted[], column: string): boolean =>
  wanted.some(({ filter }) => JSON.stringify(filter).includes(`${JSON.stringify(column)}:{"$null":`))

/** What was asked for by one call of `loadSubset`, until it is given back. */
interface Demand {
  groups: readonly Group[]
  /** How often the server has refused a filter, and more was asked for instead. */
  refusals: number
  settle?: (error?: Error) => void
}

/** A list that is kept for as long as the collection is. */
interface Whole {
  readonly group: Group
  /** Called whenever it is there, or is refused. */
  readonly tell: (error?: Error) => void
}

export interface SubsetsOptions<Item extends object> {
  readonly open: Open
  /** Asked for besides, of every subset. */
  readonly base: Filter
  readonly naming: ItemNaming
  readonly rows: Rows<Item>
  readonly sync: Sync<Item>
}

/**
 * Keeps in a collection what is asked of it. Equal subsets share their lists; what nobody asks for any more is not kept up to date, and
 * leaves the collection.
 */
export class Subsets<Item extends object> {
  private readonly groups = new Map<string, Group>()
  private readonly demands = new Map<LoadSubsetOptions, Demand>()
  private readonly unordered = new Set<string>()
  private readonly neverNull = new Set<string>()
  private readonly naming: Naming
  private applied: true | Promise<void> = true
  private whole?: Whole

  constructor(private readonly options: SubsetsOptions<Item>) {
    const { unordered, neverNull } = this
    this.naming = { ...options.naming, unordered, neverNull }
  }

  /** Keeps a list in the collection from now on. What it has need not be asked for by subsets. */
  keep(wanted: Wanted, tell: (error?: Error) => void) {
    this.whole = { group: this.hold([wanted])[0]!, tell }
    this.show()
  }

  /** @returns true where all is there, else a promise of it. It rejects where the server refuses what is asked for */
  load(options: LoadSubsetOptions): true | Promise<void> {
    if (this.hasWhole) return this.applied
    const demand: Demand = { groups: [], refusals: 0 }
    this.demands.set(options, demand)
    demand.groups = this.hold(wantedBy(options, this.options.base, this.naming))
    if (demand.groups.every(({ lists }) => lists.at(-1)!.isLoaded)) return this.show()

    return new Promise((resolve, reject) => {
      demand.settle = (error) => (error ? reject(error) : resolve())
      this.show()
    })
  }

  unload(options: LoadSubsetOptions) {
    const demand = this.demands.get(options)
    if (!demand) return
    this.demands.delete(options)
    demand.settle?.()
    // Not now: whoever gives it back still listens, and would ask for what takes the place of the records that leave.
    queueMicrotask(() => this.show(this.giveBack(demand.groups)))
  }

  close() {
    for (const { settle } of this.demands.values()) settle?.()
    this.demands.clear()
    for (const { lists } of this.groups.values()) for (const list of lists) list.close()
    this.groups.clear()
  }

  /** Writes what the lists show now, of all of them at once: they show the same transactions. */
  private readonly show = (more: readonly Step[] = []): true | Promise<void> => {
    const { rows, sync } = this.options
    const steps = [...more]
    for (const { lists } of this.groups.values()) {
      for (const list of lists) steps.push(...list.step())
      // A longer list has all that the shorter ones have.
      while (lists.length > 1 && lists.at(-1)!.isLoaded) steps.push(...lists.shift()!.close())
    }
    if (this.hasWhole) for (const demand of this.demands.values()) steps.push(...this.replace(demand))
    if (steps.length > 0) this.applied = rows.show(steps, sync)
    for (const [options, demand] of this.demands) this.look(options, demand)
    this.tellWhole()

    return this.applied
  }

  private get hasWhole(): boolean {
    return this.whole !== undefined && this.whole.group.lists[0]!.isLoaded
  }

  /** The whole list has what the subset was asked for. */
  private replace(demand: Demand): Step[] {
    const { groups } = demand
    demand.groups = []

    return this.giveBack(groups)
  }

  private tellWhole() {
    if (!this.whole) return
    const { tell, group } = this.whole
    const { error, isLoaded } = group.lists[0]!
    if (error || isLoaded) tell(error)
  }

  private look(options: LoadSubsetOptions, demand: Demand) {
    const { settle, groups } = demand
    if (!settle) return
    const error = groups.map(({ lists }) => lists.at(-1)!.error).find((found) => found !== undefined)
    if (error) return this.refused(options, demand, error)
    if (!groups.every(({ lists }) => lists.at(-1)!.isLoaded)) return
    demand.settle = undefined
    void Promise.resolve(this.applied === true ? undefined : this.applied).then(() => settle(), settle)
  }

  private refused(options: LoadSubsetOptions, demand: Demand, error: RachisError) {
    const wanted = this.instead(options, demand, error)
    if (!wanted) {
      demand.settle!(error)
      demand.settle = undefined
      return
    }
    const { groups } = demand
    demand.groups = this.hold(wanted)
    this.show(this.giveBack(groups))
  }

  /** What is asked for instead of what the server has refused: what it cannot be asked is left to the queries of the collection. */
  private instead(
    options: LoadSubsetOptions,
    demand: Demand,
    error: RachisError
  ): readonly Wanted[] | undefined {
    const { base } = this.options
    if (error.code === 'BAD_QUERY') return this.withoutNulls(options, demand, error.field)
    if (error.code !== 'NOT_SUBSCRIBABLE' || ++demand.refusals > 2) return undefined
    if (demand.refusals > 1) return [{ filter: base, sort: {} }]
    for (const field of textRangesIn(options.where)) this.unordered.add(field)

    return wantedBy(options, base, this.naming)
  }

  /** The server was asked for nulls of a column that, as it says, has none. */
  private withoutNulls(
    options: LoadSubsetOptions,
    demand: Demand,
    column = ''
  ): readonly Wanted[] | undefined {
    if (!asksNulls(demand.groups.map(wantedOf), column)) return undefined
    this.neverNull.add(column)
    const wanted = wantedBy(options, this.options.base, this.naming)

    return asksNulls(wanted, column) ? undefined : wanted
  }

  private hold(wanted: readonly Wanted[]): Group[] {
    return wanted.map((one) => {
      const { filter, sort, limit = Infinity } = one
      const key = JSON.stringify([filter, Object.entries(sort), limit === Infinity])
      const group = this.groups.get(key) ?? { lists: [], holders: 0 }
      this.groups.set(key, group)
      group.holders++
      const longest = group.lists.at(-1)?.wanted.limit ?? Infinity
      if (group.lists.length === 0 || longest < limit) group.lists.push(this.open(one))

      return group
    })
  }

  private open(wanted: Wanted): List {
    const live = this.options.open(wanted)
    live.subscribe(() => this.show())

    return new List(wanted, live)
  }

  private giveBack(groups: readonly Group[]): Step[] {
    const steps: Step[] = []
    for (const group of groups) {
      if (--group.holders > 0) continue
      for (const [key, one] of this.groups) if (one === group) this.groups.delete(key)
      for (const list of group.lists.splice(0)) steps.push(...list.close())
    }

    return steps
  }
}
