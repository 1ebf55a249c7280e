/** Fixed, so that a failure is found again: CONFORMANCE_SEED=… looks elsewhere. Every failure names its seed. */
export const SEED = Number(process.env.CONFORMANCE_SEED ?? 20261121)
