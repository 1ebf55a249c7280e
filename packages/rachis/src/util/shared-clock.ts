interface Reading {
  /** When the shared clock was asked and when it had answered, by one's own; and what it showed. */
  readonly asked: number
  readonly answered: number
  readonly shown: number
}

/**
 * Compares times of several machines by a clock that all of them can ask. The answer takes a while, so a time is known within bounds only:
 * what comes out is the earliest that it may be. In milliseconds, whose fractions all clocks leave away.
 *
 * @example clock.note({ asked: 100, answered: 104, shown: 1000 }); clock.toShared(104) // 999
 */
export class SharedClock {
  private reading: Reading = { asked: 0, answered: 0, shown: 0 }

  note(reading: Reading) {
    this.reading = reading
  }

  /** A time of one's own clock by the shared one. */
  toShared(at: number): number {
    return at + this.reading.shown - this.reading.answered - 1
  }

  /** A time of the shared clock by one's own. */
  toOwn(at: number): number {
    return at + this.reading.asked - this.reading.shown - 1
  }
}
