import type { RachisError } from '../errors'
import type { Subscribed, Told, Transport } from '../transport/transport'
import type { Answered, Call } from '../calls'
import type { OptimisticWrites } from './optimistic'
import type { Fold, Loaded, Phase, Window } from './fold'
import * as fold from './fold'
import { findAll } from './pages'
import type { Asked } from './asked'
import { orderProblem } from './asked'
import { Order } from './order'
import type { Row } from './row'

export interface ShapeContext {
  readonly send: (call: Call) => Promise<Answered>
  readonly writes: OptimisticWrites
  /** Called once a list was found: what is shown beside it may have changed by that. */
  readonly onLoaded: () => void
  /** Called where the server does not take the connection's token. */
  readonly onInvalidToken: () => void
}
/** What is shown of a shape. The object and its list stay the same until something else is to be shown. */
export interface View {
  readonly data: readonly Row[]
  readonly status: 'loading' | 'live' | 'stale' | 'error'
  readonly error?: RachisError
}

const STATUS: Readonly<Record<Phase, View['status']>> = {
  loading: 'loading',
  live: 'live',
  cut: 'stale',
  reloading: 'stale'
}
/** Milliseconds between two times that a list is found anew because only the server knows its order. */
const REORDER = 250
/** What is not for this reader (any more): nothing of it may stay in sight. */
const HIDES = [401, 403, 404]
const WAITS = [0, 429, 502, 503, 504]

/** One list as the server and this client see it: subscribed to once, whatever the number of its readers. */
export class Shape {
  private state: Fold = fold.empty
  /** The server's name of the subscription. */
  subscription?: string
  private error?: RachisError
  private view: View = { data: [], status: 'loading' }
  private transport?: Transport
  /** The attempt to subscribe or to load that counts. */
  private attempt = 0
  private timer?: ReturnType<typeof setTimeout>
  readonly listeners = new Set<() => void>()
  readonly changeListeners = new Set<(told: Told) => void>()
  private told: Told[] = []
  private readonly window?: Window

  constructor(
    readonly key: string,
    readonly asked: Asked,
    private readonly context: ShapeContext
  ) {
    const { limit, sort } = asked
    this.window = limit === undefined ? undefined : { limit, sort }
  }

  get shown(): View {
    return this.view
  }

  /** Whether changes have come that are not shown yet. */
  get isPending(): boolean {
    return this.state.pending.length > 0
  }

  /** Subscribes, from where it was if that is known. */
  start(transport: Transport) {
    this.transport = transport
    const { position, phase } = this.state
    this.subscribe(phase === 'cut' ? position : undefined)
  }

  /** The connection is gone. */
  cut() {
    this.transport = undefined
    this.attempt++
    clearTimeout(this.timer)
    this.told = []
    this.become(fold.cut(this.state))
  }

  /** Nothing of what is shown is this reader's. */
  clear() {
    this.error = undefined
    this.become(fold.cleared())
  }

  receive(told: Told) {
    this.state = fold.received(this.state, told)
    if (this.changeListeners.size > 0 && this.state.phase !== 'cut') this.told.push(told)
  }

  /** Shows what has come. The listeners are called by the caller, once all shapes show the same transactions. */
  sync(position: string | undefined) {
    const before = this.state
    this.state = fold.synced(before, position, this.window)
    const lacks = this.window !== undefined && fold.lacksRows(this.state, this.window)
    if (before.rows !== this.state.rows && this.state.phase === 'live') this.look(lacks)
  }

  reset() {
    this.become(fold.reset(this.state))
    this.subscribe()
  }

  /** Works out what is shown. @returns whether it is something else than before */
  refresh(): boolean {
    const { filter, path, limit } = this.asked
    const rows = this.order().sorted(this.context.writes.over(path, filter, this.state.rows.values())).rows
    const data = limit === undefined ? rows : rows.slice(0, limit)
    const status = this.error ? 'error' : STATUS[this.state.phase]
    const isSame = data.length === this.view.data.length && data.every((row, i) => row === this.view.data[i])
    if (isSame && status === this.view.status && this.error === this.view.error) return false
    this.view = { data: isSame ? this.view.data : data, status, ...(this.error ? { error: this.error } : {}) }

    return true
  }

  notify() {
    for (const listener of [...this.listeners]) listener()
  }

  /** Tells of the changes that are shown now. */
  tell() {
    const told = this.told.splice(0)
    for (const listener of [...this.changeListeners]) told.forEach(listener)
  }

  stop() {
    this.cut()
    this.listeners.clear()
    this.changeListeners.clear()
  }

  private order = () => new Order(this.asked.sort, this.state.ranks)

  private become(state: Fold) {
    this.state = state
    if (this.refresh()) this.notify()
  }

  /** Whether the server has to be asked what belongs into the list now, and where. */
  private look(lacksRows: boolean) {
    if (lacksRows) return this.subscribe(undefined, true)
    const isGuess = this.state.ranks.size > 0 && this.order().sorted(this.state.rows.values()).isGuess
    if (isGuess) this.timer ??= setTimeout(() => this.reorder(), REORDER)
  }

  private reorder() {
    this.timer = undefined
    this.subscribe(undefined, true)
  }

  /** @param isQuiet what is shown is right as far as it goes, so it stays `live` */
  private subscribe(after?: string, isQuiet = false) {
    const { transport, key } = this
    if (!transport) return
    const problem = orderProblem(this.asked)
    if (problem) return this.fail(problem)
    const attempt = ++this.attempt
    if (after === undefined) this.state = fold.asking(this.state)
    const { path, filter, sort, limit } = this.asked
    const page = { ...(Object.keys(sort).length > 0 ? { $sort: sort } : {}), $limit: limit ?? 1000 }
    transport.subscribe({ path, key, filter, page, after }, (error, answer) => {
      if (attempt !== this.attempt) return
      if (error) return this.fail(error, after, isQuiet)
      this.subscription = answer!.subscription
      if (answer!.resumed) this.become(fold.resumed(this.state))
      else this.found(answer!, attempt)
    })
  }

  private found(answer: Subscribed, attempt: number) {
    const { data, total = 0, position } = answer
    const { limit } = this.asked
    const isWhole = data && (data.length >= total || (limit !== undefined && data.length >= limit))
    if (isWhole) return this.load({ rows: data, total, position, isSorted: true, replay: false })
    // What came before the answer is in every page that is asked for after it.
    if (data) this.state = fold.asking(this.state)
    const known = position === undefined ? {} : { position }
    findAll(this.asked, this.context.send).then(
      (all) => attempt === this.attempt && this.load({ ...all, ...known, replay: true }),
      (error: RachisError) => attempt === this.attempt && this.fail(error)
    )
  }

  private load(found: Loaded) {
    this.error = undefined
    this.become(fold.loaded(this.state, found))
    this.context.onLoaded()
  }

  private fail(error: RachisError, after?: string, isQuiet = false) {
    if (error.code === 'INVALID_TOKEN') return this.context.onInvalidToken()
    if (WAITS.includes(error.status)) {
      const pause = 1000 * (error.retryAfter ?? 1)
      this.timer ??= setTimeout(() => {
        this.timer = undefined
        this.subscribe(after, isQuiet)
      }, pause)
      return
    }
    // A position that the server does not take is no reason to give up: the list is found anew.
    if (after !== undefined && !HIDES.includes(error.status)) return this.reset()
    this.error = error
    this.become(HIDES.includes(error.status) ? fold.cleared() : fold.reset(this.state))
  }
}
