import fc from 'fast-check'
import * as fold from '../../packages/rachis/src/client/live/fold'
import type { Fold, Window } from '../../packages/rachis/src/client/live/fold'
import { Order } from '../../packages/rachis/src/client/live/order'
import type { Row } from '../../packages/rachis/src/client/live/row'

type State = ReadonlyMap<number, Row>
type Write = readonly [id: number, n: number | null]
/** What is on its way to the client, in its order. */
type Message =
  | { readonly kind: 'change'; readonly event: string; readonly data: Row }
  | { readonly kind: 'synced'; readonly at: number }
  | { readonly kind: 'answer'; readonly at: number; readonly attempt: number }
  | { readonly kind: 'reset' }

/** Half of the records are in sight: a change may bring one in or take it out. */
const inSight = ({ n }: Row) => (n as number) % 2 === 0
export const SORT = { n: 1 } as const

/**
 * A server with a history of transactions and one client: what the server sends arrives in its order, as far as it arrives. The client is the
 * fold with the steps that `Shape` takes.
 */
export class History {
  private readonly states: State[] = [new Map()]
  private queue: Message[] = []
  private attempt = 0
  private isConnected = false
  client: Fold = fold.empty

  constructor(readonly window?: Window) {}

  /** What a find would answer after so many transactions. */
  found(at = this.now): Row[] {
    return [...new Order(SORT).sorted([...this.states[at]!.values()].filter(inSight)).rows]
  }

  get now(): number {
    return this.states.length - 1
  }

  shown(): Row[] {
    return [...new Order(SORT, this.client.ranks).sorted(this.client.rows.values()).rows]
  }

  transaction(writes: readonly Write[]) {
    const before = this.states.at(-1)!
    const after = new Map(before)
    for (const [id, n] of writes) {
      if (n === null) after.delete(id)
      else after.set(id, { id, n })
    }
    this.states.push(after)
    if (this.isConnected) this.send(this.now)
  }

  /** The server says that everything has been sent. */
  sync() {
    if (this.isConnected) this.queue.push({ kind: 'synced', at: this.now })
  }

  connect() {
    if (this.isConnected) return
    this.isConnected = true
    const { phase, position } = this.client
    if (phase !== 'cut') return this.ask()
    this.client = fold.resumed(this.client)
    for (let at = Number(position) + 1; at <= this.now; at++) this.send(at)
    this.sync()
  }

  /** What has not arrived is lost. */
  cut() {
    this.isConnected = false
    this.queue = []
    this.attempt++
    this.client = fold.cut(this.client)
  }

  reset() {
    if (this.isConnected) this.queue.push({ kind: 'reset' })
  }

  /** Asks for the list, which is answered between what was sent before and after. */
  ask() {
    if (!this.isConnected) return
    this.client = fold.asking(this.client)
    this.queue.push({ kind: 'answer', at: this.now, attempt: ++this.attempt })
  }

  /** The next message arrives. */
  deliver() {
    const message = this.queue.shift()
    if (message) this.take(message)
  }

  drain() {
    while (this.queue.length > 0) this.deliver()
  }

  private take(message: Message) {
    switch (message.kind) {
      case 'change':
        this.client = fold.received(this.client, message)
        return
      case 'synced':
        this.client = fold.synced(this.client, String(message.at), this.window)
        return
      case 'reset':
        this.client = fold.reset(this.client)
        return this.ask()
      case 'answer':
        if (message.attempt === this.attempt) this.answer(message.at)
    }
  }

  private answer(at: number) {
    const all = this.found(at)
    const rows = this.window ? all.slice(0, this.window.limit) : all
    const found = { rows, total: all.length, position: String(at), isSorted: true, replay: false }
    this.client = fold.loaded(this.client, found)
  }

  /** The events of one transaction, as the server makes them from what was and is in sight. */
  private send(at: number) {
    const [before, after] = [this.states[at - 1]!, this.states[at]!]
    for (const id of new Set([...before.keys(), ...after.keys()])) {
      const [old, row] = [before.get(id), after.get(id)]
      if (old === row) continue
      const [was, is] = [old !== undefined && inSight(old), row !== undefined && inSight(row)]
      if (is) this.queue.push({ kind: 'change', event: was ? 'patched' : 'created', data: { ...row } })
      else if (was) this.queue.push({ kind: 'change', event: 'removed', data: { id } })
    }
  }
}

const write = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.option(fc.integer({ min: 0, max: 9 }), { freq: 4 }))

/** What may happen, each as a function that does it. */
export const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.array(write, { minLength: 1, maxLength: 4 }).map((writes) => (history: History) => history.transaction(writes)) },
    { weight: 4, arbitrary: fc.constant((history: History) => history.sync()) },
    { weight: 14, arbitrary: fc.constant((history: History) => history.deliver()) },
    { weight: 2, arbitrary: fc.constant((history: History) => history.connect()) },
    { weight: 1, arbitrary: fc.constant((history: History) => history.cut()) },
    { weight: 1, arbitrary: fc.constant((history: History) => history.reset()) },
    { weight: 1, arbitrary: fc.constant((history: History) => history.ask()) }
  ),
  { maxLength: 100 }
) // prettier-ignore
