import { holds } from '../rules/memory'
import type { Shape } from '../rules/shape'
import { equalityOf } from '../rules/shape'
import type { Row } from '../sql/database'

const NONE: ReadonlySet<never> = new Set<never>()

/**
 * The shapes of one resource that somebody asks for. One that compares a column with a value is looked up by the value of a record, so
 * that a change costs what the shapes cost that it concerns, however many others compare the same column with other values.
 */
export class ShapeIndex {
  private readonly counts = new Map<string, number>()
  private readonly byColumn = new Map<string, Map<unknown, Map<string, Shape>>>()
  private readonly others = new Map<string, Shape>()

  get isEmpty(): boolean {
    return this.counts.size === 0
  }

  /** The different shapes. */
  get size(): number {
    return this.counts.size
  }

  /** Adds what one more subscriber asks for. */
  add(shape: Shape) {
    const count = this.counts.get(shape.id) ?? 0
    this.counts.set(shape.id, count + 1)
    if (count === 0) for (const shapes of this.placesOf(shape)) shapes.set(shape.id, shape)
  }

  delete(shape: Shape) {
    const count = this.counts.get(shape.id)! - 1
    if (count > 0) {
      this.counts.set(shape.id, count)
      return
    }
    this.counts.delete(shape.id)
    for (const shapes of this.placesOf(shape)) shapes.delete(shape.id)
    this.forgetValues(shape)
  }

  /** The shapes that may hold of a record: all others do not. */
  candidates(row: Row): Iterable<Shape> {
    const found = [...this.others.values()]
    for (const [column, byValue] of this.byColumn) found.push(...(byValue.get(row[column])?.values() ?? NONE))

    return found
  }

  private placesOf(shape: Shape): Map<string, Shape>[] {
    const equality = equalityOf(shape)
    if (!equality) return [this.others]
    const byValue = this.byColumn.get(equality.column) ?? new Map<unknown, Map<string, Shape>>()
    this.byColumn.set(equality.column, byValue)

    return equality.values.map((value) => {
      const shapes = byValue.get(value) ?? new Map<string, Shape>()
      byValue.set(value, shapes)
      return shapes
    })
  }

  private forgetValues(shape: Shape) {
    const { column, values } = equalityOf(shape) ?? { column: '', values: [] }
    const byValue = this.byColumn.get(column)
    for (const value of values) if (byValue?.get(value)?.size === 0) byValue.delete(value)
    if (byValue?.size === 0) this.byColumn.delete(column)
  }
}

/** Of which of two versions of a record a shape holds; `failed` where it could not be asked. */
export interface Match {
  readonly shape: Shape
  before: boolean
  after: boolean
  failed?: unknown
}

interface Versions {
  readonly before: Row | null
  readonly after: Row | null
}

/** The shapes that hold of one version of a record at least. Each is asked once of each version, whoever asks for it. */
export const matchesIn = (index: ShapeIndex, { before, after }: Versions): Match[] => {
  const matches = new Map<string, Match>()
  const ask = (row: Row | null, version: 'before' | 'after') => {
    for (const shape of row ? index.candidates(row) : []) {
      const match = matches.get(shape.id) ?? { shape, before: false, after: false }
      try {
        if (!holds(shape.predicate, row!)) continue
        match[version] = true
      } catch (error) {
        Object.assign(match, { before: true, after: true, failed: error })
      }
      matches.set(shape.id, match)
    }
  }
  ask(before, 'before')
  ask(after, 'after')

  return [...matches.values()]
}
