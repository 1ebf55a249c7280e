import type { TObject, TSchema } from '@feathersjs/typebox'
import type { PARAMETERS } from '../../declare/parameters'

/** Records of a page: how many a list answers where nothing is said, and how many at most. */
export interface PageLimits {
  readonly default: number
  readonly max: number
}

/** A query parameter that chooses a page. Its name is reserved: no field may have it. */
export interface PageParameter {
  readonly name: (typeof PARAMETERS)[number]
  /** Its name in Feathers' spelling, where it has one. */
  readonly feathersName?: `$${string}`
  readonly minimum: number
  /** A query that shows its use, for hints. */
  readonly example: string
  /** What other APIs call it, without underscores, dashes and dollars. */
  readonly synonyms: readonly string[]
  readonly description: (limits: PageLimits) => string
}

/** The part of the list that a query asks for. */
export interface PageRange {
  readonly limit: number
  readonly skip: number
  /** The number of the page, where the query asks by page numbers. */
  readonly page?: number
}

/** What a list reads, before a form makes its answer of it. */
export interface ReadPage {
  readonly total: number
  readonly limit: number
  readonly skip: number
  readonly data: readonly unknown[]
}

/** What the answer of a form needs besides the records. */
export interface PageRequest {
  /** The number of the page that was asked for. */
  readonly page?: number
  /** The path and query of the same list with these parameters changed. */
  readonly addressOf: (changed: object) => string
}

/** The address that a form has beside that of the list, so that each address of the document answers one type. */
export interface PageAddress {
  /** Its last segment, which is the name of the form in the document as well. */
  readonly path: string
  /** What its summary adds to that of the list. */
  readonly summary: string
  /** The query that it has where none of the form's parameters is sent. */
  readonly first: Readonly<Record<string, string>>
}

/**
 * One way in which a list is asked for page by page and answers. The reader of queries, the services and the documents all read this
 * object, so that a further form is one object more.
 */
export interface PageForm {
  /** What the name of its schema in the document ends with: `TaskPage`. */
  readonly schemaName: string
  readonly title: string
  readonly description: string
  /** A query with any of these asks for this form. */
  readonly parameters: readonly PageParameter[]
  readonly address?: PageAddress
  /**
   * Which records the query asks for. A limit above the maximum is cut to it, as Feathers clients expect; the answer says which limit
   * held.
   *
   * @param given the values of its parameters by their names, as they were sent
   * @throws {ApiError} VALIDATION_ERROR when a value is not one that its parameter takes
   */
  readonly read: (given: Readonly<Record<string, unknown>>, limits: PageLimits) => PageRange
  /** The schema of its answer, whose records have this schema. */
  readonly schema: (record: TSchema) => TObject
  readonly answer: (page: ReadPage, request: PageRequest) => object
}
