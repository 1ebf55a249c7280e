import pg, { Query } from 'pg'
import type { Refusal } from '../errors/errors'
import type { SingleStatement } from '../sql/database'
import { wireTypes } from './types'

/** Reads a row as the driver receives it: its values as text, in the order of its columns. */
export type ReadRow = (values: readonly (string | null)[]) => unknown

interface Field {
  readonly name: string
  readonly dataTypeID: number
}
/** What the server tells of the columns of a statement. */
interface RowDescription {
  readonly fields: readonly Field[]
}

/** How the driver writes a value of a parameter. */
type WriteValue = (value: unknown) => string | Buffer | null
/** What the driver does not declare of itself. */
const { prepareValue } = (pg as unknown as { readonly utils: { readonly prepareValue: WriteValue } }).utils

/** Texts of statements by their names. */
type Texts = Record<string, string | undefined>
/** The parts of the driver's connection that sending a statement takes, one method for each message of the extended query protocol. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void }
  /** What the server has prepared, and what it was asked to. */
  readonly parsedStatements: Texts
  readonly submittedNamedStatements: Texts
  parse(message: { readonly name: string; readonly text: string }): void
  bind(message: {
    readonly statement: string
    readonly values: readonly unknown[]
    readonly valueMapper: WriteValue
  }): void
  describe(message: { readonly type: 'P' }): void
  execute(message: object): void
  sync(): void
}

export interface NamedQueryOptions {
  readonly name: string
  readonly statement: Omit<SingleStatement, 'effect'>
  /** How rows of statements with a name are read, where this connection has been told of their columns. */
  readonly readers: Map<string, ReadRow>
  readonly done: (error: Refusal | null, rows: unknown[]) => void
}

const readerOf = ({ fields }: RowDescription, rowMode?: 'array'): ReadRow => {
  const names = fields.map(({ name }) => name)
  const parsers = fields.map(({ dataTypeID }) => wireTypes.getTypeParser(dataTypeID, 'text'))
  const read = (value: string | null, index: number) => (value === null ? null : parsers[index]!(value))
  if (rowMode === 'array') return (values) => values.map(read)

  return (values) => {
    const row: Record<string, unknown> = {}
    for (let index = 0; index < names.length; index++) row[names[index]!] = read(values[index]!, index)
    return row
  }
}

const NOTHING = {}
const PORTAL = { type: 'P' } as const

/**
 * A statement with a name. The columns of a prepared statement stay the same (the server refuses it when
 * they would not), so that they are asked for once for each connection instead of with each row.
 *
 * It is what the driver's client asks of a query, and no more: the driver's own makes an emitter of events and a result for each statement,
 * neither of which is used here.
 */
export class NamedQuery {
  /** The client looks these two up. */
  readonly name: string
  readonly text: string
  private readonly options: NamedQueryOptions
  private readonly received: unknown[] = []
  private readRow: ReadRow | undefined
  private failure: Error | null = null
  private isDone = false

  constructor(options: NamedQueryOptions) {
    this.name = options.name
    this.text = options.statement.text
    this.options = options
    this.readRow = options.readers.get(options.name)
  }

  /** @returns an error, of which the client tells `handleError` */
  submit(wire: Wire): Error | null {
    const known = wire.parsedStatements[this.name] ?? wire.submittedNamedStatements[this.name]
    if (known !== undefined && known !== this.text)
      return new Error(
        `Prepared statements must be unique - '${this.name}' was used for a different statement`
      )
    // What is written meanwhile goes to the socket at once: each write of its own is a call of the system.
    wire.stream.cork()
    try {
      if (known === undefined) this.parse(wire)
      const unwritten = this.bind(wire)
      if (!unwritten) this.execute(wire)
      wire.sync()
      if (unwritten) this.finish(unwritten)
    } finally {
      wire.stream.uncork()
    }

    return null
  }

  private parse(wire: Wire) {
    const { name, text } = this
    wire.parse({ name, text })
    wire.submittedNamedStatements[name] = text
  }

  /** @returns why the values cannot be written. The statement is prepared all the same, and the connection ready for the next one. */
  private bind(wire: Wire): Refusal | undefined {
    const { values } = this.options.statement
    try {
      wire.bind({ statement: this.name, values, valueMapper: prepareValue })
      return undefined
    } catch (error) {
      return error as Refusal
    }
  }

  private execute(wire: Wire) {
    if (!this.readRow) wire.describe(PORTAL)
    wire.execute(NOTHING)
  }

  handleRowDescription(description: RowDescription) {
    const { readers, statement } = this.options
    this.readRow = readerOf(description, statement.rowMode)
    readers.set(this.name, this.readRow)
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }) {
    if (this.failure) return
    try {
      this.received.push(this.readRow!(fields))
    } catch (error) {
      this.failure = error as Error
    }
  }

  handleCommandComplete() {
    // What counts is that the server is ready for the next one: until then it may still take the statement back.
  }

  handleError(error: Refusal) {
    this.finish(error)
  }

  handleReadyForQuery() {
    this.finish(this.failure as Refusal | null)
  }

  /** Values that cannot be written are reported at once; the server's ReadyForQuery, which comes later, is ignored. */
  private finish(error: Refusal | null) {
    if (this.isDone) return
    this.isDone = true
    this.options.done(error, this.received)
  }
}

/**
 * On a connection with statements under way the client takes instances of its own class only, since a portal that stays open would be read by
 * the statement behind it; here none does. What the class says of empty statements and of copies holds for these as well.
 */
Object.setPrototypeOf(NamedQuery.prototype, Query.prototype as object)
