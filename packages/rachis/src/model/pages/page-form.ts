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
  /** The JSON schema of its value. */
  readonly schema: Readonly<Record<string, unknown>>
  /** Its name in the document, where it has one of its own: generated clients make a type of it. */
  readonly schemaName?: string
  /** A query that shows its use, for hints. */
  readonly example: string
  /** What other APIs call it, without underscores, dashes and dollars. */
  readonly synonyms: readonly string[]
  readonly description: (limits: PageLimits) => string
}

/** How the records of a list are counted. */
export type Counting = 'none' | 'estimated' | 'exact'

/** From where a page goes, and in which direction. */
export interface KeysetRange {
  readonly side: 'after' | 'before'
  /** A sealed position; without one the page begins at the end of the list that the side leads away from. */
  readonly cursor?: string
  /** The cursor says itself to which side its page lies. */
  readonly isOpen?: boolean
}

/** The part of the list that a query asks for. */
export interface PageRange {
  readonly limit: number
  readonly skip: number
  /** The number of the page, where the query asks by page numbers. */
  readonly page?: number
  /** Where the query asks by cursors. */
  readonly keyset?: KeysetRange
  /** Exactly where it is not said. */
  readonly count?: Counting
}

/** What a list reads, before a form makes its answer of it. */
export interface ReadPage {
  /** Undefined where the records were not counted. */
  readonly total?: number
  readonly limit: number
  readonly skip: number
  readonly data: readonly unknown[]
  /** Whether there are records behind these, where that is known without the total. */
  readonly hasMore?: boolean
  /** Cursors of the pages around it, of a list that is read by cursors. */
  readonly next?: string | null
  readonly previous?: string | null
}

/** What the answer of a form needs besides the records. */
export interface PageRequest {
  /** The number of the page that was asked for. */
  readonly page?: number
  /** The path and query of the same list with these parameters changed, and those that are undefined left out. */
  readonly addressOf: (changed: object) => string
}

/** The relations of RFC 8288 that lead from a page to others. */
export type PageRelation = 'next' | 'prev' | 'first' | 'last'

/** The parameters of the pages around one, as far as there are such pages and they are known. */
export type PageLinks = Readonly<Partial<Record<PageRelation, object>>>

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
  /** Parameters that it takes as well, and that do not ask for it: those that several forms share. */
  readonly also: readonly PageParameter[]
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
  /** The pages around this one. */
  readonly links: (page: ReadPage, request: Pick<PageRequest, 'page'>) => PageLinks
  /** Whether the answer has the list of records as it is, and asks nothing of them: then they need not be read, but pass as text. */
  readonly wrapsRecords?: true
}
