import type { Measure } from './question'

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!

/** Each figure's median by itself: another process on the machine disturbs a round, not all of them. */
export const median = (measures: readonly Measure[]): Measure => ({
  ...(Object.fromEntries(
    Object.keys(measures[0]!).map((key) => [key, middle(measures.map((one) => one[key as keyof Measure]!))])
  ) as unknown as Measure),
  leastCpu: Math.min(...measures.map(({ cpu }) => cpu))
})

/** @example quantile([4, 1, 3, 2], 0.5) // 2 */
export const quantile = (values: readonly number[], part: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)]!
}
