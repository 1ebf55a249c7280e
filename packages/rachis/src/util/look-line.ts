/** The line does not answer, or refuses: what goes over it has to be had in another way until it is open again. */
export class LineAway extends Error {}

/** What one process has put on the line for all. */
export interface LineEntry {
  /** `<place>-<number>`. Ids ascend, whoever has put them there. */
  readonly id: string
  readonly text: string
}
export interface NewEntry extends LineEntry {
  /** How many of the last entries are to stay, about: older ones are removed. */
  readonly keep: number
}

/** Before the first entry. */
export const NOTHING = '0-0'

/**
 * A list of entries between processes and machines, for each history of changes, and a lease by which one of those that follow it leads:
 * it alone appends. The list may lose everything at any time. What asks or tells something rejects with `LineAway` where that fails.
 */
export interface LookLine {
  /** Whether it answered when it was asked last. */
  readonly isOpen: boolean
  /** Resolves once it is open, or after a second. */
  open(): Promise<void>
  /** Has this called each time that it answers again. */
  onOpen(listener: () => void): void
  /** The entries behind an id, at most a few; waits a quarter of a second for the first. */
  read(history: string, after: string): Promise<readonly LineEntry[]>
  /** Id of the last entry, or `NOTHING`. */
  top(history: string): Promise<string>
  /** Begins to lead where nobody does, and nothing was appended behind the id. */
  lead(history: string, top: string): Promise<boolean>
  /** Leads on for another second; false where somebody else has begun to. */
  stay(history: string): Promise<boolean>
  resign(history: string): Promise<void>
  /** Appends an entry and leads on; false where somebody else leads, or the id is not behind all others. */
  append(history: string, entry: NewEntry): Promise<boolean>
  /** Tells the one that leads that there may be something to read. */
  wake(history: string): Promise<void>
  /** For the one that leads: whether it was told so; waits a quarter of a second for that. */
  isWoken(history: string): Promise<boolean>
  /** A moment of this machine's clock by the clock of the line; not later than it was. */
  toShared(at: number): number
  /** The reverse, not later either. */
  toOwn(at: number): number
  /** What waits fails at once, and nothing is read any more; what is sent still goes. */
  stop(): void
  close(): Promise<void>
}
