/** A promise that is settled from outside. */
export interface Deferred {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Nobody has to wait for it: that it is rejected is no error of the process.
 *
 * @example
 * const opened = deferred()
 * opened.promise.then(goOn)
 * opened.resolve()
 */
export const deferred = (): Deferred => {
  let settle!: Pick<Deferred, 'resolve' | 'reject'>
  const promise = new Promise<void>((resolve, reject) => (settle = { resolve, reject }))
  promise.catch(() => undefined)

  return { promise, ...settle }
}
