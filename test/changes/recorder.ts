import type { Change } from '../../packages/rachis/src/feed/change'
import type { Consumer, Loss } from '../../packages/rachis/src/feed/consumer'

/** What the error of a consumer says, which nobody outside may read. */
export const SECRET = 'postgres://secret@10.0.0.7'

/** A consumer that keeps what it is told, and fails where it is told to. */
export class Recorder implements Consumer {
  /** Titles of tasks, in the order in which they were consumed. */
  readonly titles: string[] = []
  readonly ids: number[] = []
  readonly losses: Loss[] = []
  attempts = 0
  /** Whether consuming such a change fails. */
  fails: (change: Change) => boolean = () => false
  private readonly waiting = new Set<() => void>()

  constructor(
    readonly name: string,
    readonly delivery: Consumer['delivery']
  ) {}

  async consume(changes: readonly Change[]): Promise<void> {
    this.attempts++
    // What a batch did before the change that failed stays done.
    for (const change of changes) {
      if (this.fails(change)) this.throw()
      this.ids.push(change.id)
      if (change.resource === 'tasks' && change.event === 'created')
        this.titles.push(String(change.after!.title))
    }
    this.notify()
  }

  lost(loss: Loss) {
    this.losses.push(loss)
    this.notify()
  }

  /** Resolves once `isSo` holds. */
  async until(isSo: (recorder: this) => boolean): Promise<void> {
    if (isSo(this)) return
    await new Promise<void>((resolve) => {
      const check = () => {
        if (!isSo(this)) return
        this.waiting.delete(check)
        resolve()
      }
      this.waiting.add(check)
    })
  }

  private throw(): never {
    this.notify()
    throw new Error(`No answer from ${SECRET}`)
  }

  private notify() {
    for (const check of this.waiting) check()
  }
}
