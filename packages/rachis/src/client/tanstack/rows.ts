import type { SyncConfig } from '@tanstack/db'

export type Key = string | number
export type Wire = Readonly<Record<string, unknown>>
export type Sync<Item extends object> = Parameters<SyncConfig<Item, Key>['sync']>[0]

/** What one list shows, by the ids of the records. */
export type Shown = ReadonlyMap<unknown, Wire>
/** A list shows something else than before. */
export interface Step {
  readonly before: Shown
  readonly after: Shown
}

interface Written<Item> {
  readonly row: Wire
  readonly item: Item
  readonly key: Key
}
interface Held<Item> {
  /** How many lists show it. */
  lists: number
  /** As it is in the collection. */
  written?: Written<Item>
}
/** What is to be written of records; undefined where a list does not show one any more. */
type Touched = Map<unknown, Wire | undefined>

export const byId = (rows: readonly Wire[]): Shown => new Map(rows.map((row) => [row.id, row]))

/** The records of a collection: those that any of its lists shows. */
export class Rows<Item extends object> {
  private readonly held = new Map<unknown, Held<Item>>()
  private readonly ids = new Map<Key, Key>()

  constructor(
    private readonly read: (row: Wire) => Item,
    private readonly getKey: (item: Item) => Key
  ) {}

  /** The id of the record that an item with this key is of. */
  idOf(key: Key): Key {
    return this.ids.get(key) ?? key
  }

  /** The collection is emptied by itself. */
  forget() {
    this.held.clear()
    this.ids.clear()
  }

  /**
   * Writes what is different now, of all lists in one transaction.
   *
   * @returns what resolves once it is seen; true where it is
   */
  show(
    steps: readonly Step[],
    { begin, write, commit }: Pick<Sync<Item>, 'begin' | 'write' | 'commit'>
  ): true | Promise<void> {
    const touched: Touched = new Map()
    for (const step of steps) this.count(step, touched)
    begin()
    for (const [id, row] of touched) {
      const held = this.held.get(id)!
      if (held.lists === 0) this.drop(id, held, write)
      else if (row) this.put(row, held, write)
    }

    return commit()
  }

  private count({ before, after }: Step, touched: Touched) {
    for (const [id, row] of after) {
      const old = before.get(id)
      if (!old) this.enter(id, row, touched)
      // A list that has just been found may be a moment behind the others; what changes in it afterwards is news.
      else if (old !== row) touched.set(id, row)
    }
    for (const id of before.keys()) if (!after.has(id)) this.leave(id, touched)
  }

  private enter(id: unknown, row: Wire, touched: Touched) {
    const held = this.held.get(id) ?? { lists: 0 }
    this.held.set(id, held)
    if (++held.lists === 1) touched.set(id, row)
  }

  private leave(id: unknown, touched: Touched) {
    this.held.get(id)!.lists--
    if (!touched.has(id)) touched.set(id, undefined)
  }

  private put(row: Wire, held: Held<Item>, write: Sync<Item>['write']) {
    const { written } = held
    if (written?.row === row) return
    const item = this.read(row)
    const key = this.getKey(item)
    held.written = { row, item, key }
    this.ids.set(key, row.id as Key)
    write({ type: written ? 'update' : 'insert', value: item })
  }

  private drop(id: unknown, { written }: Held<Item>, write: Sync<Item>['write']) {
    this.held.delete(id)
    if (!written) return
    this.ids.delete(written.key)
    write({ type: 'delete', value: written.item })
  }
}
