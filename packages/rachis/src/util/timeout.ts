/**
 * Waits for work that may take too long, and then no longer. The work goes on; that it fails is told here only while it is waited for.
 *
 * @example await waitAtMost(1000, redis.connect())
 */
export const withTimeout = async (milliseconds: number, work: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)))
  await Promise.race([work, patience]).finally(() => clearTimeout(timer))
}
