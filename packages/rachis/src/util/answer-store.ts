/** An answer to a read, as it is sent. */
export interface KeptAnswer {
  /** JSON. */
  readonly text: string
  /** The header `Link`. */
  readonly link?: string
}

/** The same with what tells whether it still holds. */
export interface StoredAnswer extends KeptAnswer {
  /** The history of changes that it was read in, and the place there up to which it holds all changes. */
  readonly epoch: string
  readonly position: number
  /** The resources that it was made from; undefined where that is not known, so that it may be all of them. */
  readonly resources?: readonly string[]
  /** In milliseconds since 1970. */
  readonly until: number
}

export type Holds = (answer: StoredAnswer) => boolean

/** Where answers are kept by their keys. */
export interface AnswerStore {
  /** An answer that still holds. */
  find(key: string, holds: Holds): StoredAnswer | undefined | Promise<StoredAnswer | undefined>
  keep(key: string, answer: StoredAnswer): void
}
