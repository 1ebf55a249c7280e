/** A row of `files`. */
export interface FileRow {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly size: number
  readonly sha256: string
}
