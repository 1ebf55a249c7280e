/**
 * For how many seconds answers to reads of a resource may be used again. A part that is left out allows nothing.
 *
 * @example const cache: DeclaredCache = { public: 60, private: 10, server: 300 }
 */
export interface DeclaredCache {
  /** What a caller without credentials was answered, by anybody: browsers, proxies, CDNs. `Cache-Control: public, max-age=…`. */
  readonly public?: number
  /** What a signed-in caller was answered, by their own browser. `Cache-Control: private, max-age=…`. */
  readonly private?: number
  /** What a caller without credentials was answered, by this server for others without; a change that may show in it ends that at once. */
  readonly server?: number
}
