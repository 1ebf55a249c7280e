import type { IncomingHttpHeaders } from 'http'

/** A request whose body is taken as it was sent. */
export interface RawRequest {
  readonly headers: IncomingHttpHeaders
  /** Neither decoded nor parsed, so that a signature can be asked of it. */
  readonly body: Buffer
  readonly trace_id: string
}

export interface RawAnswer {
  readonly status: number
  /** Sent as JSON. */
  readonly body: object
}

/** Answers a POST by the bytes of its body, whatever their type. Nobody is signed in: by what it trusts the sender, it decides itself. */
export interface RawRoute {
  /** Bytes that a body may have; no more are read. */
  readonly limit: number
  /** What it throws is answered as the error of any other call is. */
  answer(request: RawRequest): Promise<RawAnswer>
}

/** By their paths behind the prefix of the API, such as `/receivers/payments`. */
export type RawRoutes = Readonly<Record<string, RawRoute>>
