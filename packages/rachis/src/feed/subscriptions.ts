/** Who listens to which keys: a map of sets, so that an event costs what its receivers cost and a departure what it joined. */
export class Subscriptions<S> {
  private readonly byKey = new Map<string, Set<S>>()
  private readonly keys = new Map<S, readonly string[]>()

  get size(): number {
    return this.keys.size
  }

  /** Replaces what the subscriber listens to. */
  set(subscriber: S, keys: readonly string[]) {
    this.delete(subscriber)
    this.keys.set(subscriber, keys)
    for (const key of keys) this.listeners(key).add(subscriber)
  }

  delete(subscriber: S) {
    for (const key of this.keys.get(subscriber) ?? []) {
      const listeners = this.byKey.get(key)
      listeners?.delete(subscriber)
      if (listeners?.size === 0) this.byKey.delete(key)
    }
    this.keys.delete(subscriber)
  }

  /** What the subscriber listens to. */
  keysOf(subscriber: S): readonly string[] {
    return this.keys.get(subscriber) ?? []
  }

  has(subscriber: S): boolean {
    return this.keys.has(subscriber)
  }

  of(key: string): ReadonlySet<S> {
    return this.byKey.get(key) ?? NOBODY
  }

  subscribers(): IterableIterator<S> {
    return this.keys.keys()
  }

  private listeners(key: string): Set<S> {
    const known = this.byKey.get(key)
    if (known) return known
    const created = new Set<S>()
    this.byKey.set(key, created)

    return created
  }
}

const NOBODY: ReadonlySet<never> = new Set<never>()
