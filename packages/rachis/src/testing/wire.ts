/** What arrives over a wire has no type; a test says by its assertions what it is. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Untyped = any
export type Json = Record<string, Untyped>

/** The answer to a call over REST. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed where it is JSON, else the text. */
  readonly body: Untyped
}

/** What a call over REST sends besides its method and path. */
export interface Sent {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** A body as it is, in place of `body`. */
  readonly raw?: string
}

/** Somebody who calls. Without a token they are not signed in. */
export interface Person {
  readonly name: string
  readonly id?: number
  readonly email?: string
  readonly token?: string
  readonly refresh_token?: string
}

/** Of everybody who is registered by the kit. */
export const PASSWORD = 'correct-horse'
export const anonymous: Person = { name: 'anonymous' }
