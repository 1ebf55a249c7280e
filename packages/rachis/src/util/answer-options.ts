/** What is written to of a context of Koa. */
interface Answered {
  status: number
  set(headers: Record<string, string>): void
}

/**
 * Answers OPTIONS by the methods of an address.
 *
 * @param Allow the methods, with commas
 * @example answerOptions(ctx, 'GET, HEAD, OPTIONS') // 204, Allow: GET, HEAD, OPTIONS
 */
export const answerOptions = (ctx: Answered, Allow: string): void => {
  ctx.set({ Allow })
  ctx.status = 204
}
