/** So many requests of one caller within a window. */
export interface Rate {
  readonly requests?: number
  /** Seconds. Default 60. */
  readonly window?: number
}

/** The rate of one operation, beside the one of its resource. */
export interface OperationRate extends Rate {
  /** How many requests one call counts for, in every budget of its caller. Default 1. */
  readonly cost?: number
}

/**
 * The rate of a resource, over all of its operations together, and of single operations.
 *
 * @example const rate: DeclaredRate = { requests: 30, operations: { create: { requests: 5, window: 3600 }, export: { cost: 20 } } }
 */
export interface DeclaredRate extends Rate {
  readonly operations?: Readonly<Record<string, OperationRate>>
}
