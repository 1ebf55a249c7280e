import type { RecordType } from '../model/operation'
import { selectCsv } from '../sql/csv-rows'
import type { Row } from '../sql/database'
import { selectTexts } from '../sql/json-rows'
import type { Selection } from '../sql/order-by'
import type { Target } from '../sql/target'
import type { Statement } from '../sql/where'
import { CRLF, csvLine, csvOf } from '../util/csv'
import { respelled } from '../util/respelled'

type Columns = readonly string[]
type Values = readonly unknown[]

/** How records follow each other in a media type. */
interface RecordFormat {
  /** What stands before the first record. */
  readonly head: (columns: Columns) => string
  readonly ofRows: (rows: readonly Row[], columns: Columns) => string
  /** Records that PostgreSQL writes, in pieces. */
  readonly select: (target: Target, selection: Selection, columns: Columns) => Statement
  /** What it has written, as the text that `ofRows` would have written. */
  readonly ofPieces: (rows: readonly Values[]) => string
}

export const RECORD_FORMATS: Readonly<Record<RecordType, RecordFormat>> = {
  'text/csv': {
    head: (columns) => columns.join(',') + CRLF,
    ofRows: (rows, columns) => rows.map((row) => csvLine(columns.map((name) => row[name]))).join(''),
    select: selectCsv,
    ofPieces: csvOf
  },
  'application/x-ndjson': {
    head: () => '',
    ofRows: (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
    select: selectTexts,
    ofPieces: (rows) => respelled(rows.map(([text]) => `${text as string}\n`).join(''))
  }
}
