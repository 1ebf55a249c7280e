import type { TSchema } from '@feathersjs/typebox'

/** A field as an older version of the API has it. */
export interface OldField {
  /** The field of the next version that it is made from, or several of them. */
  readonly from: string | readonly string[]
  /** Its schema, where it is not that of the field. Needed where there are several. */
  readonly schema?: TSchema
  /** The value of the next version, or the values in the order of `from` → the value of this one. Null stays null. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what a field holds is known to its declaration alone.
  answer?(...values: any[]): unknown
  /** The value of this version → that of the next one; where there are several fields, an object of them. Filters use it as well. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  request?(value: any): unknown
}

/** What of a resource was different in one version of the API, seen from the version after it. */
export interface OldShape {
  /** By the names that fields had. Fields of the next version that they are made from are not there under their own names. */
  readonly fields?: Readonly<Record<string, OldField>>
  /** Fields of the next version that were not there yet. */
  readonly without?: readonly string[]
}

/**
 * The shapes that a resource had in older versions of the API. Where a version is left out it had the shape of the next one.
 *
 * @example const versions: DeclaredShapes = { 1: { fields: { name: { from: 'title' } }, without: ['subtitle'] } }
 */
export type DeclaredShapes = Readonly<Record<number, OldShape>>
