const RealDate = Date

/** The time that the application reads, in the hands of a test. */
export interface FakeClock {
  /** Milliseconds since 1970 by this clock. */
  now(): number
  /** Puts the clock to a time; it goes on from there. */
  set(time: Date | string | number): void
  /** Puts the clock forward, or back by a negative number of seconds. */
  advance(seconds: number): void
  /** Gives the process its own time back. */
  restore(): void
}

/**
 * Moves what `Date` says in this process: `new Date()`, `Date.now()` and `Date()`. Time goes on from where the clock is put, so that nothing
 * waits for ever; timers run as before. PostgreSQL has its own clock, by which it fills in `created_at`: a test that needs an old record
 * writes the time into the row by SQL.
 *
 * @example
 * const clock = fakeClock('2026-01-31T12:00:00Z')
 * clock.advance(3600) // new Date() is 13:00 from here on
 * clock.restore()
 */
export const fakeClock = (start?: Date | string | number): FakeClock => {
  let offset = 0
  const now = () => RealDate.now() + offset
  const set = (time: Date | string | number) => {
    const at = new RealDate(time).getTime()
    if (Number.isNaN(at))
      throw new Error(`${String(time)} is no time; write one such as 2026-01-31T12:00:00Z`)
    offset = at - RealDate.now()
  }
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: [], newTarget) => Reflect.construct(target, args.length > 0 ? args : [now()], newTarget), // prettier-ignore
    apply: () => new RealDate(now()).toString(),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver))
  })
  if (start !== undefined) set(start)

  return {
    now,
    set,
    advance: (seconds) => void (offset += seconds * 1000),
    restore: () => void (globalThis.Date = RealDate)
  }
}
