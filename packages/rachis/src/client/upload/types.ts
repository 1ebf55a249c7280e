/**
 * What is uploaded: a file that somebody has chosen, bytes, or a stream. In Node, `await openAsBlob(path)` of `node:fs` is a file of the disk that
 * is read piece by piece.
 */
export type Uploadable = Blob | Uint8Array | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>

/** How far an upload is. */
export interface UploadProgress {
  /** Bytes that the server has. */
  readonly sent: number
  readonly total: number
  /** The id of a resumable upload, by which it can be gone on with: `resume`. */
  readonly upload?: string
}

export interface UploadOptions {
  /** The field that it is meant for, such as `posts.picture_id`: its limits are asked before the bytes are sent. */
  readonly field?: string
  /** Default: the name of a `File`, else `file`. */
  readonly name?: string
  /** Media type. The server decides by the content; default: that of a `Blob`. */
  readonly type?: string
  /** Bytes of a stream: needed where it has more than a megabyte. */
  readonly size?: number
  /** Called before the first byte, and whenever the server has more of it. */
  readonly onProgress?: (progress: UploadProgress) => void
  /** Ends it. What has arrived is removed. */
  readonly signal?: AbortSignal
  /** Where it goes by a form: the same form with the same key makes one file. */
  readonly idempotencyKey?: string
  /** The id of a resumable upload of the same file that was begun before, such as by a page that was closed. */
  readonly resume?: string
}

/** The record of an uploaded file; fields of records refer to it by `id`. */
export interface UploadedFile {
  readonly id: string
  readonly user_id: number
  readonly name: string
  readonly type: string
  readonly size: number
  /** In hexadecimal digits. */
  readonly sha256: string
  readonly created_at: string
  readonly updated_at: string
}

/** What an upload needs of the client that it belongs to. */
export interface Sender {
  /** A request with the token of the session. @throws {RachisError} what the server refuses, or NETWORK */
  send(path: string, init: RequestInit): Promise<Response>
}
