/** Seconds, to a tenth, since a time of `Date.now()`; 0 where there is none. */
export const secondsSince = (time: number | undefined): number =>
  time === undefined ? 0 : Math.max(0, Math.round((Date.now() - time) / 100) / 10)
