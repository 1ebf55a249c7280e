import type { Acknowledgements } from '../acknowledgements'
import type { OptimisticWrites } from '../live/optimistic'
import type { Shapes } from '../live/shapes'
import type { Told } from '../transport/transport'

/** Milliseconds for which changes wait for the answer of a creation of one's own, which would stand in a list twice without it. */
const HOLD = 1000

/**
 * When what has come is shown: at `synced`, by all lists at once. While a record that was created here has no id yet, its event could come
 * before the answer that tells the id, so it waits for that answer.
 */
export class Commits {
  /** The last `synced`, where nothing has come since that belongs to another transaction. */
  private held: [position: string | undefined, subscriptions?: ReadonlySet<string>][] = []
  private timer?: ReturnType<typeof setTimeout>
  private isOverdue = false

  constructor(
    private readonly shapes: Shapes,
    private readonly writes: OptimisticWrites,
    private readonly acknowledgements: Acknowledgements
  ) {}

  change(told: Told) {
    // What was held is no end of a transaction any more: the next `synced` is.
    this.held = []
    this.shapes.receive(told)
    if (told.tx !== undefined) this.acknowledgements.pass(told.tx)
  }

  synced(position: string | undefined, subscriptions?: ReadonlySet<string>) {
    if (!this.writes.awaitsCreation || this.isOverdue) return this.commit(position, subscriptions)
    this.held.push([position, subscriptions])
    this.timer ??= setTimeout(() => {
      this.isOverdue = true
      this.release()
    }, HOLD)
  }

  /** An answer has come, or a transaction was passed. */
  release() {
    if (this.writes.awaitsCreation && !this.isOverdue) return
    clearTimeout(this.timer)
    this.timer = undefined
    this.isOverdue = false
    for (const [position, subscriptions] of this.held.splice(0)) this.commit(position, subscriptions)
    if (!this.shapes.isPending) this.settle()
  }

  drop() {
    clearTimeout(this.timer)
    this.timer = undefined
    this.held = []
  }

  private commit(position: string | undefined, subscriptions?: ReadonlySet<string>) {
    this.shapes.sync(position, subscriptions)
    if (!this.shapes.isPending) this.settle()
  }

  private settle() {
    this.shapes.settle()
    this.acknowledgements.flush()
  }
}
