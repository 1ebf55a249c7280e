/** A line on the standard output. */
export const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** Rows in columns that are as wide as their widest cell. */
export const table = (rows: readonly (readonly string[])[]): string[] => {
  const widths = rows[0]!.map((_cell, index) => Math.max(...rows.map((row) => row[index]!.length)))

  return rows.map((row) => row.map((cell, index) => cell.padEnd(widths[index]!)).join('  ').trimEnd()) // prettier-ignore
}
