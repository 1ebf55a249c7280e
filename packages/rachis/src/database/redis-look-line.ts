import { randomUUID } from 'crypto'
import type Redis from 'ioredis'
import { LineAway, NOTHING } from '../util/look-line'
import type { LineEntry, LookLine, NewEntry } from '../util/look-line'
import { SharedClock } from '../util/shared-clock'
import { withTimeout } from '../util/timeout'
import { connectRedis } from './redis'
import { APPEND, LEAD, RESIGN, STAY } from './redis-scripts'

/** Milliseconds: how long a read waits, an answer is waited for, and a Redis that has failed is left alone. */
const [WAIT, PATIENCE, PAUSE] = [250, 750, 1000]
/** Milliseconds for which a lease lasts, an entry is kept that nobody follows any more, and the clock is taken for right. */
const [LEASE, KEPT, CLOCK] = [1000, 3_600_000, 10_000]
/** Entries that are read together. */
const COUNT = 50

type Scripts = Readonly<Record<'lead' | 'stay' | 'resign' | 'append', (...values: (string | number)[]) => Promise<number>>> // prettier-ignore
type Found = [key: string, entries: [id: string, fields: string[]][]][] | null

/** The keys of a history. The braces keep them on one server of a Redis Cluster. */
const keysOf = (history: string) => {
  const name = (kind: string) => `rachis:feed:1:{${history}}:${kind}`
  return { lease: name('relay'), looks: name('looks'), wakes: name('wakes') }
}

/** A `LookLine` of two connections to Redis, one of which waits. */
export class RedisLookLine implements LookLine {
  private readonly commands: Redis & Scripts
  private readonly waiting: Redis
  private readonly clock = new SharedClock()
  private readonly token = randomUUID()
  private readonly listeners: (() => void)[] = []
  private failedAt = -Infinity
  private timedAt = -Infinity
  private lastWake = NOTHING
  private isStopped = false
  private timer?: NodeJS.Timeout
  isOpen = false

  constructor(url: string) {
    this.commands = connectRedis(url, { commandTimeout: PATIENCE, protocol: 2 }) as Redis & Scripts
    this.waiting = connectRedis(url, { commandTimeout: WAIT + PATIENCE, protocol: 2 })
    for (const [name, { keys, lua }] of Object.entries({ lead: LEAD, stay: STAY, resign: RESIGN, append: APPEND })) this.commands.defineCommand(name, { numberOfKeys: keys, lua }) // prettier-ignore
    for (const redis of [this.commands, this.waiting]) {
      redis.on('ready', () => this.schedule())
      redis.on('close', () => this.fail())
      // What waits for it fails, and says so.
      redis.on('error', () => undefined)
    }
  }

  onOpen(listener: () => void) {
    this.listeners.push(listener)
  }

  async open(): Promise<void> {
    const opened = new Promise<void>((resolve) => this.onOpen(resolve))
    for (const redis of [this.commands, this.waiting]) redis.connect().catch(() => undefined)
    await withTimeout(PAUSE, opened)
  }

  async read(history: string, after: string): Promise<readonly LineEntry[]> {
    const { looks } = keysOf(history)
    const found = await this.ask(this.waiting.xread('COUNT', COUNT, 'BLOCK', WAIT, 'STREAMS', looks, after))
    return ((found as Found)?.[0]?.[1] ?? []).map(([id, [, text = '']]) => ({ id, text }))
  }

  async top(history: string): Promise<string> {
    await this.askTime()
    const [last] = await this.ask(this.commands.xrevrange(keysOf(history).looks, '+', '-', 'COUNT', 1))
    return last?.[0] ?? NOTHING
  }

  async lead(history: string, top: string): Promise<boolean> {
    const { lease, looks } = keysOf(history)
    this.lastWake = NOTHING
    return (await this.ask(this.commands.lead(lease, looks, this.token, LEASE, top))) === 1
  }

  async stay(history: string): Promise<boolean> {
    await this.askTime()
    return (await this.ask(this.commands.stay(keysOf(history).lease, this.token, LEASE))) === 1
  }

  async resign(history: string): Promise<void> {
    await this.ask(this.commands.resign(keysOf(history).lease, this.token))
  }

  async append(history: string, { id, text, keep }: NewEntry): Promise<boolean> {
    const { lease, looks } = keysOf(history)
    const values = [this.token, LEASE, keep, id, text, KEPT]
    return (await this.ask(this.commands.append(lease, looks, ...values))) === 1
  }

  async wake(history: string): Promise<void> {
    const { wakes } = keysOf(history)
    await this.ask(this.commands.xadd(wakes, 'MAXLEN', 1, '*', 'wake', ''))
  }

  async isWoken(history: string): Promise<boolean> {
    const { wakes } = keysOf(history)
    const found = await this.ask(this.waiting.xread('BLOCK', WAIT, 'STREAMS', wakes, this.lastWake))
    const last = (found as Found)?.[0]?.[1].at(-1)
    if (last) this.lastWake = last[0]

    return last !== undefined
  }

  toShared(at: number): number {
    return this.clock.toShared(at)
  }

  toOwn(at: number): number {
    return this.clock.toOwn(at)
  }

  stop() {
    this.isStopped = true
    this.isOpen = false
    clearTimeout(this.timer)
    this.waiting.disconnect()
  }

  async close(): Promise<void> {
    this.stop()
    const { commands } = this
    if (commands.status === 'ready')
      await withTimeout(
        PATIENCE,
        commands.quit().catch(() => undefined)
      )
    commands.disconnect()
  }

  /** What hangs once would hang again: it is connected anew, and left alone for a while. */
  private async ask<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (cause) {
      this.fail()
      throw new LineAway('The line between processes is away', { cause })
    }
  }

  private fail() {
    if (!this.isOpen) return
    this.isOpen = false
    this.reconnect()
  }

  private reconnect() {
    this.failedAt = performance.now()
    if (!this.isStopped) for (const redis of [this.commands, this.waiting]) redis.disconnect(true)
  }

  private schedule() {
    clearTimeout(this.timer)
    if (this.isStopped || [this.commands, this.waiting].some(({ status }) => status !== 'ready')) return
    const wait = Math.max(0, this.failedAt + PAUSE - performance.now())
    this.timer = setTimeout(() => void this.reopen().catch(() => this.reconnect()), wait).unref()
  }

  private async reopen(): Promise<void> {
    this.timedAt = -Infinity
    await this.askTime()
    this.isOpen = true
    for (const listener of this.listeners) listener()
  }

  private async askTime(): Promise<void> {
    if (performance.now() - this.timedAt < CLOCK) return
    const asked = Date.now()
    const [seconds, micros] = await this.ask(this.commands.time())
    const shown = 1000 * Number(seconds) + Math.floor(Number(micros) / 1000)
    this.clock.note({ asked, answered: Date.now(), shown })
    this.timedAt = performance.now()
  }
}
