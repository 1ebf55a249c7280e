/** Which changes a list includes, besides all of those up to an id. */
export interface Snapshot {
  readonly after: number
  /** Ids of changes behind `after`; undefined until the list is read. */
  seen?: readonly number[]
}

/** The cursors of a page's records. */
export interface PageEdges {
  /** The cursor of the record at an index of the page, good for `after` and `before`; undefined until a page by cursor is read. */
  cursorOf?: (index: number) => string
}
