/** What is wrong with the text of a file, and what to do about it. */
export interface Fault {
  readonly message: string
  readonly hint: string
}

/** Characters of one record: as many as the body of a creation may have. */
export const MAX_RECORD = 1_048_576

export const tooLong = (most: number): Fault => ({
  message: `a record has more than ${most} characters`,
  hint: 'End each record with a line break; where one is long by an open quote, close that'
})

/** What the parser of CSV does not say itself. */
const MISPLACED_QUOTE: Fault = {
  message: 'a cell has a quote in the wrong place',
  hint: 'Put the whole cell in quotes, and write each quote within it twice: "say ""hello"""'
}

/** @param separator what stands between cells in place of a comma */
export const separatorHint = (separator: string): string =>
  `Separate cells by commas, not by ${separator === '\t' ? 'tabs' : separator}`

/** What the parser says where a cell in quotes is followed by something else than a comma. */
const FOLLOWED = /^Invalid Closing Quote: got "([;\t|])"/

/** Cells in quotes may be separated by semicolons, as programs for tables do in many countries. */
export const quoteFault = (reason: string): Fault => {
  const separator = FOLLOWED.exec(reason)?.[1]

  return separator ? { ...MISPLACED_QUOTE, hint: separatorHint(separator) } : MISPLACED_QUOTE
}

/** By the codes of the parser. */
export const CSV_FAULTS: Readonly<Record<string, Fault>> = {
  CSV_QUOTE_NOT_CLOSED: {
    message: 'a quote is opened in this record and not closed until the end of the file',
    hint: 'Close it where the cell ends, or write a quote that belongs to the text twice: ""'
  },
  CSV_MAX_RECORD_SIZE: tooLong(MAX_RECORD)
}

export const cellsFault = (cells: number, expected: number): Fault => ({
  message: `${cells} cells, where the first line has ${expected}`,
  hint: cells > expected ? 'Put a cell that has a comma or a line break in quotes' : 'Write a comma for each cell that is empty, also at the end' // prettier-ignore
})

export const headFault = (columns: Iterable<string>): Fault => ({
  message: 'the names of the columns are missing',
  hint: `Begin the file with a line of names. Columns here: ${[...columns].join(', ')}`
})

/** What people send in place of a JSON object on each line. */
const TAKEN_FOR_LINES: readonly (readonly [RegExp, string])[] = [
  [/^\[/, 'Write the records of the list one on each line, without brackets and commas around them'],
  [/^\{.*\},$/s, 'Leave the comma behind the record out: a line break stands between records'],
  [/^[{}\]],?$|^"[^"]*"\s*:/, 'Write the whole record on one line'],
  [/^[^"{]+,/, 'For CSV send Content-Type: text/csv']
]

/** @param text of the line, without what stands around it */
export const lineFault = (text: string): Fault => ({
  message: 'The line is not a JSON object',
  hint: TAKEN_FOR_LINES.find(([pattern]) => pattern.test(text))?.[1] ?? 'Write a JSON object on each line: {"name":"value"}' // prettier-ignore
})
