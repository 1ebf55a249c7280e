import type { ParentRule } from '../clauses'
import type { ColumnType } from '../column-types'
import type { Comparison } from '../operators'

/** A value that a predicate compares with: never NULL, which has a test of its own. */
export type Scalar = string | number | boolean

/** A column of the record. Its type decides casts in SQL, and the order in memory. */
export interface Column {
  readonly kind: 'column'
  readonly name: string
  readonly type: ColumnType
}
/** A value inside an object column, as text. */
export interface JsonPath {
  readonly kind: 'json-path'
  readonly column: string
  readonly path: readonly string[]
}
/** A property of the caller, one value or a list of values; without a name it is the user themselves. */
export interface UserProperty {
  readonly kind: 'user'
  readonly property?: string
}

/** What a test is made of. */
export type Subject<U extends UserProperty = UserProperty> = Column | JsonPath | U

/** One comparison. With a property of the user it holds for any of the property's values. */
export interface Compare<U extends UserProperty = UserProperty> {
  readonly kind: 'compare'
  readonly of: Subject<U>
  readonly comparison: Comparison
  readonly operand: Scalar | U
}
/** One of several values. */
export interface In<U extends UserProperty = UserProperty> {
  readonly kind: 'in'
  readonly of: Subject<U>
  readonly values: readonly Scalar[] | U
}
/** A list that has all of these texts. */
export interface Contains {
  readonly kind: 'contains'
  readonly of: Column
  readonly values: readonly (string | null)[]
}
/**
 * A text of this pattern: `%` for any text, `_` for any character, case aside. `folding` says who knows how the pattern's letters are
 * folded: everybody where they are of ASCII, the database alone where they are others.
 */
export interface Like {
  readonly kind: 'like'
  readonly of: Column | JsonPath
  readonly pattern: string
  readonly folding: 'ascii' | 'database'
}
export interface IsNull<U extends UserProperty = UserProperty> {
  readonly kind: 'is-null'
  readonly of: Subject<U>
}
/** The record's searched columns, or a part of them, have these words, or are like this text. */
export interface Search {
  readonly kind: 'search'
  /** Which columns are searched: see model/search-parts.ts. */
  readonly part?: number
  /** The words to search for, in the language of `to_tsquery`. */
  readonly words: string
  readonly like?: string
}
/** There is a record of another resource, whose column `by` is this column's value, for which `where` holds. */
export interface ThroughRelation<U extends UserProperty = UserProperty> {
  readonly kind: 'through-relation'
  readonly of: Column
  readonly resource: string
  readonly by: string
  /** The rule of the other resource that `where` is, where it is one: it has words of its own. */
  readonly rule?: ParentRule
  readonly where: Predicate<U>
}
export type Leaf<U extends UserProperty = UserProperty> =
  Compare<U> | In<U> | Contains | Like | IsNull<U> | Search | ThroughRelation<U>

/** Negation stands before a single test only: `not()` carries it there. */
export interface Not<U extends UserProperty = UserProperty> {
  readonly kind: 'not'
  readonly test: Leaf<U>
}
export interface And<U extends UserProperty = UserProperty> {
  readonly kind: 'and'
  readonly all: readonly Predicate<U>[]
}
export interface Or<U extends UserProperty = UserProperty> {
  readonly kind: 'or'
  readonly any: readonly Predicate<U>[]
}
export interface True {
  readonly kind: 'true'
}
export interface False {
  readonly kind: 'false'
}

/**
 * A condition on a record: a rule, a filter, what a write asks. Plain frozen data, printable as JSON; relations are named. Read by SQL
 * (`sql/where.ts`), in memory (`rules/memory.ts`), as delivery keys (`rules/keys.ts`) and as words (`rules/words.ts`).
 */
export type Predicate<U extends UserProperty = UserProperty> =
  True | False | And<U> | Or<U> | Not<U> | Leaf<U>

/** A predicate that asks nothing of the user any more: what SQL and memory read. */
export type RowPredicate = Predicate<never>

/** Columns that somebody may read of some records only, each with the condition that holds of those. */
export type Masks<P = RowPredicate> = ReadonlyMap<string, P>
