import type { Change } from './change'

/** What the last read of the table found that is not handed on yet: changes that wait for their turn. */
export class Unsettled {
  private resources: ReadonlySet<string> = new Set()
  /** Whether that read found all that was committed. */
  isAll = false

  note(waiting: readonly Change[], isAll: boolean) {
    this.resources = new Set(waiting.map(({ resource }) => resource))
    this.isAll = isAll
  }

  /** Whether changes of a resource are committed that wait. */
  has(resource: string): boolean {
    return this.resources.has(resource)
  }

  get isEmpty(): boolean {
    return this.resources.size === 0
  }
}
