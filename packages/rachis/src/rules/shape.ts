import { createHash } from 'crypto'
import type { RowPredicate, Scalar } from '../declare/predicate'
import type { MemoryPredicate } from './memory'
import { inMemory } from './memory'
import type { User } from './user'

/** Which records of a resource are asked for. All who ask the same by the same rights share one shape. */
export interface Shape {
  /** The name that clients know the subscription by: the same for all who ask the same, whatever their rights. */
  readonly name: string
  readonly resource: string
  /** The same for the same name and predicate, of a fixed length. */
  readonly id: string
  readonly predicate: MemoryPredicate
}

/** What a client asks for of one resource, whoever it stands for. */
export interface Asked {
  readonly name: string
  readonly resource: string
  /** Of the resource, as in `order-items`. */
  readonly path: string
  /** What that means for this user; undefined where it asks for a field that they may not read of records that they may. */
  shapeFor(user: User): Shape | undefined
}

const byText = (a: RowPredicate, b: RowPredicate): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

const sorted = (parts: readonly RowPredicate[]): readonly RowPredicate[] => parts.map(canonical).sort(byText)

const byValue = (a: Scalar, b: Scalar): number => (a < b ? -1 : 1)

/** The same conditions in one order, whatever order a client sends them in. */
const canonical = (predicate: RowPredicate): RowPredicate => {
  switch (predicate.kind) {
    case 'and':
      return { kind: 'and', all: sorted(predicate.all) }
    case 'or':
      return { kind: 'or', any: sorted(predicate.any) }
    case 'in':
      return { ...predicate, values: [...new Set(predicate.values)].sort(byValue) }
    default:
      return predicate
  }
}

/** Bytes of a name: two that ask different things never meet by chance. */
const BYTES = 15

const digest = (text: string): string =>
  createHash('sha256').update(text).digest().subarray(0, BYTES).toString('base64url')

/**
 * The name of what is asked for.
 *
 * @example shapeName('tasks', compare(status, '=', 'pending')) // 20 characters, such as 'q0Xv3…'
 */
export const shapeName = (resource: string, predicate: RowPredicate): string =>
  digest(JSON.stringify([resource, canonical(predicate)]))

/**
 * @param predicate what is asked for, by the rights of who asks
 * @throws Error for what has no reading in memory
 */
export const shapeOf = (name: string, resource: string, predicate: RowPredicate): Shape => ({
  name,
  resource,
  id: digest(JSON.stringify([name, canonical(predicate)])),
  predicate: inMemory(predicate)
})

/** A column that a record must have one of these values in, to be of a shape. */
export interface Equality {
  readonly column: string
  readonly values: readonly Scalar[]
}

const equalityIn = (predicate: MemoryPredicate): Equality | undefined => {
  if (predicate.kind !== 'compare' && predicate.kind !== 'in') return undefined
  const { of } = predicate
  if (of.kind !== 'column') return undefined
  if (predicate.kind === 'in') return { column: of.name, values: predicate.values }

  return predicate.comparison === '=' ? { column: of.name, values: [predicate.operand] } : undefined
}

/**
 * A comparison by which records that are not of this shape can be told without asking it: that with the fewest values.
 *
 * @example equalityOf(shape) // of owner_id = 7 and status <> 'done': { column: 'owner_id', values: [7] }
 */
export const equalityOf = ({ predicate }: Pick<Shape, 'predicate'>): Equality | undefined => {
  const parts = predicate.kind === 'and' ? predicate.all : [predicate]
  const found = parts.map(equalityIn).filter((one) => one !== undefined)

  return found.sort((a, b) => a.values.length - b.values.length)[0]
}
