import type { Readable } from 'stream'
import type { CsvError, Info } from 'csv-parse'
import { parse } from 'csv-parse'
import { ApiError } from '../errors/errors'
import { jsonProblem } from '../model/json-bounds'
import type { RecordType } from '../model/operation'
import type { Row } from '../sql/database'
import { isObject } from '../util/is-object'
import type { RecordColumns } from './record-columns'
import { readHead, rowOfCells } from './record-columns'
import type { Fault } from './record-faults'
import {
  cellsFault,
  CSV_FAULTS,
  headFault,
  lineFault,
  MAX_RECORD,
  quoteFault,
  tooLong
} from './record-faults'

/** A record of a file, or what is wrong with its line. */
export interface FileRow {
  /** The line at which it begins, from 1. */
  readonly line: number
  readonly data?: Row
  readonly problem?: ApiError
}

const malformed = (line: number, { message, hint }: Fault) =>
  new ApiError('MALFORMED_BODY', { message: `Line ${line}: ${message}`, hint })

type Cells = readonly (string | null)[]
interface CsvRecord {
  readonly record: Cells
  readonly info: Info
}

const CSV_OPTIONS = {
  bom: true,
  info: true,
  // Told of each line by itself.
  relax_column_count: true,
  skip_empty_lines: true,
  max_record_size: MAX_RECORD,
  cast: (value: string, { quoting }: { quoting: boolean }) => (value === '' && !quoting ? null : value)
}

/** An open quote is noticed at the end of the file; what can be done about it is in the record in which it stands. */
const csvProblem = ({ code, lines, message }: CsvError & { lines?: number }, begun: number) =>
  malformed(
    code === 'CSV_QUOTE_NOT_CLOSED' ? begun : (lines ?? begun),
    CSV_FAULTS[code] ?? quoteFault(message)
  )

const breaksIn = (cells: Cells): number =>
  cells.reduce((sum, cell) => sum + (cell?.split('\n').length ?? 1) - 1, 0)

const csvRow = ({ record, info }: CsvRecord, names: readonly string[], columns: RecordColumns): FileRow => {
  const line = info.lines - breaksIn(record)
  if (record.length !== names.length)
    return { line, problem: new ApiError('MALFORMED_BODY', cellsFault(record.length, names.length)) }

  return { line, data: rowOfCells(record, names, columns) }
}

async function* csvRows(source: Readable, columns: RecordColumns): AsyncGenerator<FileRow> {
  const parser = parse(CSV_OPTIONS)
  source.on('error', (error) => parser.destroy(error)).pipe(parser)
  let names: string[] | undefined
  // Where a record begins that cannot be read: the parser says where it gave up.
  let next = 1
  try {
    for await (const one of parser as AsyncIterable<CsvRecord>) {
      if (names) yield csvRow(one, names, columns)
      else names = readHead(one.record, columns)
      next = one.info.lines + 1
    }
  } catch (error) {
    throw error instanceof ApiError || !('code' in (error as object))
      ? error
      : csvProblem(error as CsvError, next)
  } finally {
    parser.destroy()
  }
  if (!names) throw malformed(1, headFault(columns.fields.keys()))
}

/** The lines of a text that comes in pieces. */
async function* linesOf(source: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  let count = 1
  for await (const piece of source as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop()!
    yield* lines
    count += lines.length
    if (rest.length > MAX_RECORD) throw malformed(count, tooLong(MAX_RECORD))
  }
  yield rest + decoder.decode()
}

/** What was exported holds fields that only the server writes; what is not known at all is for the validator to name. */
const taken = (record: Row, { fields, isTaken }: RecordColumns): Row =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !fields.has(name) || isTaken(name)))

const jsonRow = (text: string, columns: RecordColumns): Omit<FileRow, 'line'> => {
  const bounded = jsonProblem(text)
  if (bounded) return { problem: new ApiError(bounded.code, { message: `The record ${bounded.reason}` }) }
  try {
    const data: unknown = JSON.parse(text)
    if (isObject(data)) return { data: taken(data as Row, columns) }
  } catch {
    // Told in the same words.
  }

  return { problem: new ApiError('MALFORMED_BODY', lineFault(text.trim())) }
}

async function* jsonRows(source: Readable, columns: RecordColumns): AsyncGenerator<FileRow> {
  let line = 0
  for await (const text of linesOf(source)) {
    line++
    if (text.trim() !== '') yield { line, ...jsonRow(text, columns) }
  }
}

const READERS: Readonly<Record<RecordType, (source: Readable, columns: RecordColumns) => AsyncGenerator<FileRow>>> = {
  'text/csv': csvRows,
  'application/x-ndjson': jsonRows
} // prettier-ignore

/**
 * The records of a file, one after the other.
 *
 * @throws MALFORMED_BODY with the line where the file as a whole cannot be read, BAD_REQUEST for a column that is not known
 */
export async function* readRecords(
  type: RecordType,
  source: Readable,
  columns: RecordColumns
): AsyncGenerator<FileRow> {
  try {
    yield* READERS[type](source, columns)
  } finally {
    source.destroy()
  }
}

/**
 * Reads a file to its end before anything is written of it: whether it can be read at all, and how many records it has.
 *
 * @throws MALFORMED_BODY, BAD_REQUEST, PAYLOAD_TOO_LARGE for more rows than an import may have
 */
export const countRecords = async (rows: AsyncIterable<FileRow>, most: number): Promise<number> => {
  let count = 0
  for await (const _row of rows) {
    count++
    if (count > most)
      throw new ApiError('PAYLOAD_TOO_LARGE', {
        message: `The file has more than ${most} records`,
        hint: 'Send it in parts'
      })
  }

  return count
}
