/** A lock that all tabs of an origin share. https://www.w3.org/TR/web-locks/ */
interface Locks {
  request<T>(name: string, work: () => Promise<T>): Promise<T>
}
interface Events {
  addEventListener?(name: string, listener: () => void): void
  removeEventListener?(name: string, listener: () => void): void
}
/** What browsers have and Node has not, or not in every version. */
type Platform = Events & {
  readonly navigator?: { readonly locks?: Locks; readonly onLine?: boolean }
  readonly document?: Events & { readonly visibilityState?: string }
}

const platform = globalThis as unknown as Platform

/** Runs the work while no other tab runs any under this name; without locks at once. */
export const exclusively = <T>(name: string, work: () => Promise<T>): Promise<T> =>
  platform.navigator?.locks ? platform.navigator.locks.request(name, work) : work()

/**
 * Calls back when the machine may have come back to the server: the network is there again, or the page is looked at again.
 *
 * @returns a function that stops it
 */
export const onWake = (listener: () => void): (() => void) => {
  const { document } = platform
  const whenVisible = () => document?.visibilityState === 'visible' && listener()
  platform.addEventListener?.('online', listener)
  document?.addEventListener?.('visibilitychange', whenVisible)

  return () => {
    platform.removeEventListener?.('online', listener)
    document?.removeEventListener?.('visibilitychange', whenVisible)
  }
}
