/** How far random tests look: a half for `npm test`, which is to be quick, more where there is time. Set by TEST_DEPTH. */
export const DEPTH = Number(process.env.TEST_DEPTH ?? 0.5)

/** Leaves out of the quick run what takes long and rarely tells anything new; the run before a change lands has it. */
export const onlyInDepth = (context: Mocha.Context) => {
  if (DEPTH < 2) context.skip()
}
