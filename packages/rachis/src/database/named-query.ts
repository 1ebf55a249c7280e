import { Query } from 'pg'
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
/** The parts of the driver's connection that sending a statement takes. */
interface Wire {
  describe(message: object): void
}

export interface NamedQueryOptions {
  readonly name: string
  readonly statement: Omit<SingleStatement, 'effect'>
  /** How rows of this statement are read, where this connection has been told of its columns before. */
  readonly readRow?: ReadRow
  /** Called when the server has told of the columns. */
  readonly described: (readRow: ReadRow) => void
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

const described = new WeakMap<Wire, Wire>()

/** The same connection, on which no statement is described. */
const withoutDescribe = (wire: Wire): Wire => {
  const known = described.get(wire)
  if (known) return known
  const quiet = Object.create(wire, { describe: { value: () => undefined } }) as Wire
  described.set(wire, quiet)

  return quiet
}

/**
 * A statement with a name. The columns of a prepared statement stay the same (the server refuses it when
 * they would not), so that they are asked for once for each connection instead of with each row.
 */
export class NamedQuery extends Query {
  private readonly received: unknown[] = []
  private readRow?: ReadRow
  private failure?: Error
  private isDone = false
  private readonly done: NamedQueryOptions['done']
  private readonly onRows: (description: RowDescription) => void

  constructor({ name, statement, readRow, described, done }: NamedQueryOptions) {
    const { text, values, rowMode } = statement
    super({ name, text, values: values as unknown[] })
    this.done = done
    this.readRow = readRow
    this.onRows = (description) => described((this.readRow = readerOf(description, rowMode)))
  }

  /** Whether the columns are known. */
  get isDescribed(): boolean {
    return this.readRow !== undefined
  }

  handleRowDescription(description: RowDescription) {
    this.onRows(description)
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
    this.finish((this.failure as Refusal | undefined) ?? null)
  }

  /** Where values could not be written the driver tells of an error, and then of an end. */
  private finish(error: Refusal | null) {
    if (this.isDone) return
    this.isDone = true
    this.done(error, this.received)
  }
}

const { submit } = Query.prototype
// The driver's types declare a property, which a method could not take the place of.
NamedQuery.prototype.submit = function (this: NamedQuery, connection) {
  const wire = connection as unknown as Wire
  return Reflect.apply(submit, this, [this.isDescribed ? withoutDescribe(wire) : wire])
}
