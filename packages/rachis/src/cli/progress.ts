/** Milliseconds between two lines where nobody looks on. */
const PACE = 5000
/** Characters of a bar. */
const WIDTH = 30

export interface Progress {
  /** @param notes what else is told, such as `12 failed` */
  update(done: number, notes?: string): void
  stop(): void
}

type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY'>

/** @example barOf(10, 20) // '███████████████░░░░░░░░░░░░░░░' */
const barOf = (done: number, total: number): string => {
  const filled = Math.round(WIDTH * Math.min(1, done / Math.max(1, total)))

  return '█'.repeat(filled) + '░'.repeat(WIDTH - filled)
}

const barOn = (output: Output, label: string, total: number): Progress => ({
  update(done, notes = '') {
    // What a longer line has left is cleared, and the cursor stays: the next one is written over it.
    output.write(`\r\x1b[K${label} ${barOf(done, total)} ${done} of ${Math.max(done, total)} ${notes}`)
  },
  stop: () => void output.write('\n')
})

const linesOn = (output: Output, label: string, total: number | undefined): Progress => {
  const of = total === undefined ? '' : ` of ${total}`
  let told = Date.now()

  return {
    update(done, notes = '') {
      if (Date.now() - told < PACE) return
      told = Date.now()
      output.write(`${label} ${done}${of} ${notes}`.trimEnd() + '\n')
    },
    stop: () => undefined
  }
}

/**
 * Says how far something is: by a bar that fills up on a terminal, else by a line every five seconds.
 *
 * @param total undefined where nobody knows
 */
export const progressOn = (output: Output, label: string, total: number | undefined): Progress =>
  output.isTTY && total !== undefined ? barOn(output, label, total) : linesOn(output, label, total)
