/** Some records as one text: as many as were asked for, unless hooks have left some out. */
export interface RecordPart {
  readonly text: string
  readonly count: number
  readonly isLast: boolean
}

/** Characters of a part: two of them are in memory for each reader, whatever the size of the records. */
const PART = 262_144
const FIRST = 100
const MOST = 1000

/** How many records have about the size of a part, by those that were read last. */
const nextCount = ({ text, count }: RecordPart): number =>
  Math.min(MOST, Math.max(1, Math.round((PART * count) / Math.max(1, text.length))))

/**
 * Parts of records that are read ahead of a reader by one. It ends with the last part, when its reader closes it, and with a failure; what
 * waits for `closed` can then let go of the connection to the database.
 */
export class RecordStream {
  /** Resolves at the end, and fails with what reading has failed with. */
  readonly closed: Promise<void>
  private settle!: (failure?: unknown) => void
  private isClosed = false
  private failure?: unknown
  private next?: Promise<RecordPart>

  constructor(
    private readonly head: string,
    private readonly read: (count: number) => Promise<RecordPart>
  ) {
    this.closed = new Promise((resolve, reject) => {
      this.settle = (failure) => (failure === undefined ? resolve() : reject(failure as Error))
    })
    // Who opened it waits for it; who does not has been told by the iteration.
    this.closed.catch(() => undefined)
  }

  /** Reads the first part, so that what fails there fails before anything is sent. */
  async begin(): Promise<void> {
    this.next = this.ahead(FIRST)
    await this.next
  }

  /** Ends it; with a failure whoever reads on is told of it. */
  close(failure?: unknown): void {
    if (this.isClosed) return
    this.isClosed = true
    this.failure = failure
    this.settle(failure)
  }

  async *texts(): AsyncGenerator<string> {
    let { head } = this
    try {
      while (this.next) {
        const part = await this.next
        this.assertOpen()
        this.next = part.isLast ? undefined : this.ahead(nextCount(part))
        const text = head + part.text
        head = ''
        if (text !== '') yield text
      }
      this.close()
    } catch (error) {
      this.close(error)
      throw error
    } finally {
      this.close()
    }
  }

  private assertOpen() {
    if (this.isClosed) throw (this.failure as Error | undefined) ?? new Error('The export was closed')
  }

  private ahead(count: number): Promise<RecordPart> {
    const part = this.read(count)
    // It fails where it is waited for.
    part.catch(() => undefined)

    return part
  }
}
