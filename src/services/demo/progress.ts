const WIDTH = 30

/** One line that fills up where a person looks on, and nothing where nobody does. */
export const progress = (label: string, total: number, stream: NodeJS.WriteStream = process.stdout) => {
  let done = 0

  return (amount: number) => {
    done += amount
    if (!stream.isTTY) return
    const filled = Math.round((done / total) * WIDTH)
    stream.write(
      `\r${label} ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${Math.round((done / total) * 100)} %`
    )
    if (done >= total) stream.write('\n')
  }
}
