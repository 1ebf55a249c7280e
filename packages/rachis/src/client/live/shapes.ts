import type { Told, Transport } from '../transport/transport'
import { Shape } from './shape'
import { keyOf } from './asked'
import type { Asked } from './asked'
import type { ShapeContext } from './shape'

/** Milliseconds for which a list without a reader is kept up to date: pages often leave one and enter it again. */
const LINGER = 1000

/** All lists of a client. They show the same transactions at any time. */
export class Shapes {
  private readonly byKey = new Map<string, Shape>()
  private readonly users = new Map<Shape, number>()
  private readonly lingering = new Map<Shape, ReturnType<typeof setTimeout>>()
  private transport?: Transport
  private readonly context: ShapeContext

  /** @param onUse called when the first list is wanted, and when the last one is gone */
  constructor(
    context: ShapeContext,
    private readonly onUse: (isUsed: boolean) => void
  ) {
    this.context = {
      ...context,
      onLoaded: () => {
        context.onLoaded()
        this.settle()
      }
    }
  }

  get all(): Iterable<Shape> {
    return this.byKey.values()
  }

  /** A list that somebody reads; `release` has to be called for each `acquire`. */
  acquire(asked: Asked): Shape {
    const key = keyOf(asked)
    const shape = this.byKey.get(key) ?? this.add(key, asked)
    clearTimeout(this.lingering.get(shape))
    this.users.set(shape, (this.users.get(shape) ?? 0) + 1)

    return shape
  }

  release(shape: Shape) {
    const left = this.users.get(shape)! - 1
    this.users.set(shape, left)
    if (left > 0) return
    const timer = setTimeout(() => this.remove(shape), LINGER)
    ;(timer as { unref?: () => void }).unref?.()
    this.lingering.set(shape, timer)
  }

  start(transport: Transport) {
    this.transport = transport
    for (const shape of this.all) shape.start(transport)
  }

  cut() {
    this.transport = undefined
    for (const shape of this.all) shape.cut()
  }

  clear() {
    for (const shape of this.all) shape.clear()
  }

  receive(told: Told) {
    for (const shape of this.at(told.path, told.subscription)) shape.receive(told)
  }

  reset(path: string, subscription?: string) {
    for (const shape of this.at(path, subscription)) shape.reset()
  }

  sync(position: string | undefined, subscriptions?: ReadonlySet<string>) {
    for (const shape of this.all)
      if (!subscriptions || subscriptions.has(shape.subscription!)) shape.sync(position)
    this.context.writes.settle()
    this.publish()
    for (const shape of this.all) shape.tell()
  }

  /** Takes writes out of what is shown whose events are shown, unless these are still to be. */
  settle() {
    if (this.isPending) return
    this.context.writes.settle()
    this.publish()
  }

  get isPending(): boolean {
    return [...this.all].some((shape) => shape.isPending)
  }

  /** Shows everything anew that is something else than before, and tells of it once all of it is shown. */
  publish() {
    const changed = [...this.all].filter((shape) => shape.refresh())
    for (const shape of changed) shape.notify()
  }

  private at(path: string, subscription?: string): Shape[] {
    return [...this.all].filter(
      (shape) =>
        shape.asked.path === path && (subscription === undefined || shape.subscription === subscription)
    )
  }

  private add(key: string, asked: Asked): Shape {
    const shape = new Shape(key, asked, this.context)
    this.byKey.set(key, shape)
    if (this.byKey.size === 1) this.onUse(true)
    if (this.transport) shape.start(this.transport)

    return shape
  }

  private remove(shape: Shape) {
    this.byKey.delete(shape.key)
    this.users.delete(shape)
    this.lingering.delete(shape)
    const { subscription, asked } = shape
    shape.stop()
    const isShared = [...this.all].some((other) => other.subscription === subscription)
    if (subscription !== undefined && !isShared) this.transport?.unsubscribe(asked.path, subscription)
    if (this.byKey.size === 0) this.onUse(false)
  }
}
