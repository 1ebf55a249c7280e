import { networkOf } from '../../util/network'

/** Callers and resources that are remembered; beyond them everybody reads the primary until the replica has caught up. */
const MOST = 50_000
/** Stands for everybody. */
const ALL = ''

export const userMark = (id: unknown) => `user ${String(id)}`
export const resourceMark = (name: string) => `resource ${name}`
export const addressMark = (address: string) => `address ${networkOf(address)}`

/**
 * Which position of the primary's log a copy must have for whom: that of what they have written, or of what decides about their rights. It is
 * not known yet where the primary has not been asked since; then it is beyond any.
 */
export class Marks {
  private readonly positions = new Map<string, number>()
  private unasked = new Set<string>()

  note(name: string) {
    const known = this.positions.size < MOST || this.positions.has(name) ? name : ALL
    this.positions.set(known, Infinity)
    this.unasked.add(known)
  }

  noteAll() {
    this.note(ALL)
  }

  get isAsking(): boolean {
    return this.unasked.size > 0
  }

  /** Those whose position is to be asked for now: it counts for what was noted before. */
  take(): ReadonlySet<string> {
    const taken = this.unasked
    this.unasked = new Set()

    return taken
  }

  /** Says the position of those that were taken; what was noted since then waits for the next one. */
  settle(taken: ReadonlySet<string>, position: number) {
    for (const name of taken) if (!this.unasked.has(name)) this.positions.set(name, position)
  }

  /** Puts back what was taken where the primary gave no answer. */
  giveBack(taken: ReadonlySet<string>) {
    for (const name of taken) this.unasked.add(name)
  }

  /** The position that a copy must have for all of these. */
  of(names: readonly string[]): number {
    return [ALL, ...names].reduce((most, name) => Math.max(most, this.positions.get(name) ?? 0), 0)
  }

  /** Forgets what a copy has. */
  passed(position: number) {
    for (const [name, needed] of this.positions) if (needed <= position) this.positions.delete(name)
  }
}
