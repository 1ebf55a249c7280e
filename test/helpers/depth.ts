/**
 * Set by TEST_DEPTH: 0.5 is `npm test`, which is to be quick. 2 is the run before a change lands, which has what takes long as well. From
 * 3 on random tests draw as much as found mistakes once in a while, which takes them minutes each: for the tests of what was changed.
 */
const LEVEL = Number(process.env.TEST_DEPTH ?? 0.5)

/** Whether what takes long and rarely tells anything new is run too. */
export const isDeep = LEVEL >= 2

/** What random tests multiply by: a half for `npm test`, 1 at depth 2, 2 at depth 3. */
export const DEPTH = isDeep ? LEVEL - 1 : LEVEL

/**
 * The number for `npm test`, for depth 2, and for depth 3, which grows with greater depths.
 *
 * @example byDepth(300, 1000, 5000) // 300 in `npm test`, 10,000 with TEST_DEPTH=4
 */
export const byDepth = (quick: number, deep: number, full: number): number => {
  if (LEVEL >= 3) return full * (LEVEL - 2)

  return isDeep ? deep : quick
}

/** Leaves out of the quick run what takes long; the run before a change lands has it. */
export const onlyInDepth = (context: Mocha.Context) => {
  if (!isDeep) context.skip()
}
