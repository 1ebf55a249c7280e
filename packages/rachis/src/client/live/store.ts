import type { RachisError } from '../errors'
import type { Shape, View } from './shape'

/** What a list shows: the same object until it shows something else. */
export interface Snapshot<R> {
  /** In the order of `$sort`. A record that has not changed is the same object as before. */
  readonly data: readonly R[]
  /**
   * - `loading`: nothing is known yet
   * - `live`: everything that happened is shown
   * - `stale`: the connection is lost, or the list is being found anew; what was shown is still shown
   * - `error`: the server refuses the list
   */
  readonly status: 'loading' | 'live' | 'stale' | 'error'
  readonly error?: RachisError
}

/** A list that stays as a find would answer it now. `subscribe` and `snapshot` are what React's useSyncExternalStore takes. */
export interface Live<R> {
  /** Calls back whenever the snapshot is another one. @returns a function that stops it */
  readonly subscribe: (listener: () => void) => () => void
  readonly snapshot: () => Snapshot<R>
  readonly status: Snapshot<R>['status']
  /** Resolves with the first snapshot that is `live`. @throws {RachisError} where the server refuses the list */
  ready(): Promise<Snapshot<R>>
  /** Nobody reads it any more: it is not kept up to date. The last snapshot stays. */
  close(): void
}

/** A reader of a shape. */
export class Store<R> implements Live<R> {
  private readonly stops = new Set<() => void>()
  private last?: View
  private isClosed = false

  constructor(
    private readonly shape: Shape,
    private readonly release: () => void
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    if (this.isClosed) return () => undefined
    const own = () => listener()
    this.shape.listeners.add(own)
    const stop = () => {
      this.shape.listeners.delete(own)
      this.stops.delete(stop)
    }
    this.stops.add(stop)

    return stop
  }

  snapshot = (): Snapshot<R> => (this.last ?? this.shape.shown) as Snapshot<R>

  get status() {
    return this.snapshot().status
  }

  ready(): Promise<Snapshot<R>> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const { status, error } = this.snapshot()
        if (status !== 'live' && status !== 'error') return
        stop()
        if (error) reject(error)
        else resolve(this.snapshot())
      }
      const stop = this.subscribe(look)
      look()
    })
  }

  close() {
    if (this.isClosed) return
    this.isClosed = true
    this.last = this.shape.shown
    for (const stop of this.stops) stop()
    this.release()
  }
}
