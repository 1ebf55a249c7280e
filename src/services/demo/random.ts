/** Numbers that look random and are the same every time, so that two people see the same demonstration. */
export class Dice {
  constructor(private state = 20261121) {}

  /** mulberry32, by Tommy Ettinger: 32 bits of state, good enough to look real. From 0 up to, not including, 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t

    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  /** A whole number between the two, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)]!
  }

  /** The lower, the likelier: a few products make most of the sales. */
  skewed<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() ** 2 * items.length)]!
  }
}
