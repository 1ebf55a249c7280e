/** How far random tests look: 1 for `npm test`, which is to be quick, more where there is time. Set by TEST_DEPTH. */
export const DEPTH = Number(process.env.TEST_DEPTH ?? 1)
