/** Who listens to which keys: a map of sets, so that an event costs what its receivers cost and a departure what it joined. */
export class Subscriptions<S> {
  private readonly byKey = new Map<string, Set<S>>()
  private readonly keys = new Map<S, readonly string[]>()
  /** How many keys are listened to, by what stands before their first slash. */
  private readonly topics = new Map<string, number>()

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
      if (listeners?.size === 0) this.forget(key)
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

  /** Whether somebody listens to any key of this topic: of `things`, that is one such as `things/0/[7]`. */
  hasTopic(topic: string): boolean {
    return this.topics.has(topic)
  }

  subscribers(): IterableIterator<S> {
    return this.keys.keys()
  }

  private listeners(key: string): Set<S> {
    const known = this.byKey.get(key)
    if (known) return known
    const created = new Set<S>()
    this.byKey.set(key, created)
    this.count(key, 1)

    return created
  }

  private forget(key: string) {
    this.byKey.delete(key)
    this.count(key, -1)
  }

  private count(key: string, difference: number) {
    const [topic] = key.split('/', 1) as [string]
    const count = (this.topics.get(topic) ?? 0) + difference
    if (count > 0) this.topics.set(topic, count)
    else this.topics.delete(topic)
  }
}

const NOBODY: ReadonlySet<never> = new Set<never>()
