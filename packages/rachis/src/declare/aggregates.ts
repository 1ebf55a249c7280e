import type { Unit } from './column-types'

type Key<R> = keyof R & string
/** The parts of the calendar that times fall into. */
type Bucket<R> = `${Key<R>}.${Unit}`
type Value<R> = 'count' | `count.${Key<R>}` | `${'sum' | 'avg' | 'min' | 'max'}.${Key<R>}`
type Sorted<R> = Key<R> | Bucket<R> | Value<R>

/** What is asked of groups of records. Everything else in it is a filter, as a list takes it. */
export interface AggregateQuery<R> {
  readonly group?: readonly (Key<R> | Bucket<R>)[]
  readonly count?: readonly ('*' | Key<R>)[]
  readonly sum?: readonly Key<R>[]
  readonly avg?: readonly Key<R>[]
  readonly min?: readonly Key<R>[]
  readonly max?: readonly Key<R>[]
  /** Conditions on groups: `{ count: { $gte: 2 } }`. */
  readonly having?: { readonly [K in Sorted<R>]?: unknown }
  readonly sort?: readonly (Sorted<R> | `-${Sorted<R>}`)[]
  /** A name of the tz database. Default `UTC`. */
  readonly tz?: string
  readonly limit?: number
  readonly skip?: number
  readonly [filter: string]: unknown
}

/** A group, with what was asked of it. */
export interface Group<R> {
  readonly group: { readonly [K in Key<R>]?: R[K] } & { readonly [B in Bucket<R>]?: string | null }
  readonly count: { readonly [K in '*' | Key<R>]?: number }
  readonly sum: { readonly [K in Key<R>]?: number | null }
  readonly avg: { readonly [K in Key<R>]?: number | null }
  readonly min: { readonly [K in Key<R>]?: R[K] | null }
  readonly max: { readonly [K in Key<R>]?: R[K] | null }
}
