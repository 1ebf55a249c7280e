/**
 * Waits for work, but for no longer than a time. The work goes on after that; its failure rejects the promise only within the time.
 *
 * @example await withTimeout(1000, redis.connect())
 */
export const withTimeout = async (milliseconds: number, work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)))
  await Promise.race([work, patience]).finally(() => clearTimeout(timer))
}
