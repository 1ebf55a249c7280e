import fs from 'node:fs'

export interface LogLine {
  readonly msg?: string
  readonly [name: string]: unknown
}

/** What is written to standard output while something is done: the log writes there by itself, past `process.stdout`. */
export const writtenBy = async (work: () => Promise<unknown>): Promise<string> => {
  const { writeSync } = fs
  const texts: string[] = []
  fs.writeSync = ((fd: number, bytes: Buffer, ...rest: unknown[]) => {
    if (fd !== 1) return Reflect.apply(writeSync, fs, [fd, bytes, ...rest]) as number
    texts.push(String(bytes))
    return bytes.length
  }) as typeof writeSync
  try {
    await work()
    // Lines of one turn are written at its end.
    await new Promise((resolve) => setTimeout(resolve, 20))
  } finally {
    fs.writeSync = writeSync
  }

  return texts.join('')
}

/** The lines of the log in JSON, each as an object. */
export const linesOf = (text: string): LogLine[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine)
