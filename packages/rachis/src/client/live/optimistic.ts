import { matches } from './match'
import { idOf } from './row'
import type { Id, Row } from './row'

/** A write whose effect is shown before the server has answered. */
interface Write {
  readonly path: string
  readonly kind: 'create' | 'change' | 'remove'
  /** Of a creation: made here, and replaced by the server's. */
  readonly id: Id
  readonly data: Row
  /** The record as the server answered it. */
  answer?: Row
  tx?: string
  isAnswered?: true
}

let count = 0
/** An id for a record that has none yet. It is no id of the server: those are positive numbers, or UUIDs. */
const temporaryId = (): Id => `local:${++count}`

/**
 * The writes that are shown already. One is shown until the feed has passed its transaction, so that it does not vanish between the answer and
 * the event; where it failed, it is taken back.
 */
export class OptimisticWrites {
  private readonly writes = new Set<Write>()

  /**
   * @param onChange called when something else is to be shown
   * @param hasPassed whether the feed has passed a transaction
   */
  constructor(
    private readonly onChange: () => void,
    private readonly hasPassed: (tx: string) => boolean
  ) {}

  add(path: string, kind: Write['kind'], data: Row, id: Id = temporaryId()): Write {
    const write: Write = { path, kind, id, data: kind === 'create' ? { id, ...data } : data }
    this.writes.add(write)
    this.onChange()

    return write
  }

  /** The server has answered; without a transaction nothing was written. */
  answered(write: Write, answer: unknown, tx: string | undefined) {
    write.isAnswered = true
    write.tx = tx
    if (typeof answer === 'object' && answer !== null && 'id' in answer) write.answer = answer as Row
    if (tx === undefined) this.writes.delete(write)
    this.onChange()
  }

  failed(write: Write) {
    this.writes.delete(write)
    this.onChange()
  }

  /** What is shown now holds all that the feed has passed: those writes are over. */
  settle() {
    for (const write of this.writes)
      if (write.tx !== undefined && this.hasPassed(write.tx)) this.writes.delete(write)
  }

  /** Whether a record was created here that may come by an event before its answer, and would stand in the list twice. */
  get awaitsCreation(): boolean {
    return [...this.writes].some(({ kind, isAnswered }) => kind === 'create' && !isAnswered)
  }

  /** The rows of a list with what is written to it. The given rows are answered where there is nothing. */
  over(path: string, filter: object, rows: Iterable<Row>): Iterable<Row> {
    const writes = [...this.writes].filter((write) => write.path === path)
    if (writes.length === 0) return rows
    const shown = new Map([...rows].map((row) => [idOf(row), row]))
    for (const write of writes) show(write, filter, shown)

    return shown.values()
  }
}

const show = (write: Write, filter: object, shown: Map<Id, Row>) => {
  const { kind, id } = write
  if (kind === 'remove') return void shown.delete(id)
  const row = kind === 'create' ? createdBy(write, shown) : changedBy(write, shown)
  if (!row) return
  if (matches(filter, row)) shown.set(idOf(row), row)
  else shown.delete(idOf(row))
}

/** Once its event is here, that is newer than the answer. */
const createdBy = ({ data, answer }: Write, shown: Map<Id, Row>): Row | undefined => {
  if (answer) return shown.has(idOf(answer)) ? undefined : answer
  return data
}

/** The same object as long as nothing below it changes: who compares references draws it once. */
const merged = new WeakMap<Row, { readonly write: Write; readonly row: Row }>()
const changedBy = (write: Write, shown: Map<Id, Row>): Row | undefined => {
  const base = shown.get(write.id)
  // A record that the change brings into this list is known from the answer only.
  if (!base) return write.answer
  const known = merged.get(base)
  if (known?.write === write) return known.row
  const row = { ...base, ...write.data }
  merged.set(base, { write, row })

  return row
}

export type { Write }
