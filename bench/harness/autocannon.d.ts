/** What the benchmarks use of autocannon, which comes without types. */
declare module 'autocannon' {
  export interface Request {
    readonly method: string
    readonly path: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
  }
  export interface Client {
    setRequests(requests: readonly Request[]): void
  }
  interface Options {
    readonly url: string
    readonly connections: number
    readonly duration: number
    /** Requests a second of all connections together; as many as are answered where it is missing. */
    readonly overallRate?: number
    readonly setupClient: (client: Client) => void
  }
  interface Result {
    readonly '2xx': number
    readonly non2xx: number
    readonly errors: number
    readonly timeouts: number
    readonly duration: number
    readonly latency: { readonly p50: number; readonly p97_5: number; readonly p99: number }
  }
  const autocannon: (options: Options) => Promise<Result>
  export default autocannon
}
