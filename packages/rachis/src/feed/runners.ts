import { withTimeout } from '../util/timeout'
import type { Change } from './change'
import { Durable } from './durable'
import type { Consumer, Loss } from './consumer'
import type { Batch, Place, Reports, Source, Trouble } from './runner'
import { Runner } from './runner'
import type { StoredPositions } from './stored-positions'

/** Changes that may wait for a live consumer: reading them takes seconds, and its readers fetch anew faster. */
const LIVE_BACKLOG = 10_000
/** Milliseconds in which consumers that keep up hold the feed back, so that they need not read from the table what it reads. */
const PACE = 100
/** Milliseconds without having everything after which a consumer counts as in trouble. */
const PATIENCE = 30_000

export interface RunnersOptions {
  readonly source: Source
  readonly reports: Reports
  readonly positions?: StoredPositions
}

/** Hands the changes of one feed on to its consumers. None of them waits for another one that fails or takes long. */
export class Runners {
  private readonly runners: Runner[] = []
  private readonly durables: Durable[] = []
  private readonly late = new Set<Runner>()
  private place?: Place

  constructor(private readonly options: RunnersOptions) {}

  /**
   * Adds a consumer, which takes up at the present, or where it was stored to be. They are handed each batch in the order in
   * which they were added.
   *
   * @throws Error where another consumer has its name
   */
  add(consumer: Consumer) {
    const isTaken = this.runners.some((runner) => runner.consumer.name === consumer.name)
    if (isTaken) throw new Error(`Two consumers of the feed are named ${consumer.name}`)
    if (consumer.delivery === 'durable') this.addDurable(consumer)
    else this.addLive(consumer)
  }

  /** Starts all: live ones at this place, with the loss of what they have missed. Resolves once it is known which durable ones run here. */
  async begin(place: Place, loss?: Loss): Promise<void> {
    this.place = place
    for (const runner of this.live) runner.begin(place, loss)
    await Promise.all(this.durables.map((durable) => durable.begin(place)))
  }

  /** Hands on a batch. Resolves once those that keep up have consumed it. */
  async offer(batch: Batch): Promise<void> {
    for (const runner of this.runners) runner.offer(batch)
    const waited = this.runners.filter((runner) => !this.late.has(runner))
    await Promise.all(waited.map((runner) => this.waitFor(runner)))
  }

  /** Says what waits behind a gap to those that asked for it. */
  foresee(changes: readonly Change[]) {
    for (const { consumer } of this.live) {
      try {
        consumer.foresee?.(changes)
      } catch (error) {
        this.options.reports.failed(consumer.name, error)
      }
    }
  }

  /** Resolves once every consumer has all that was handed on, or waits to try again. */
  async idle(): Promise<void> {
    await Promise.all(this.runners.map(({ working }) => working))
  }

  troubles(): Trouble[] {
    return this.runners.flatMap((runner) => runner.trouble(PATIENCE) ?? [])
  }

  /** How many places of the feed each consumer that runs here has still before it. */
  behind(): Readonly<Record<string, number>> {
    const { cursor } = this.options.source
    const running = this.runners.filter((runner) => runner.isActive)

    return Object.fromEntries(
      running.map(({ consumer, position }) => [consumer.name, Math.max(0, cursor - position)])
    )
  }

  /** Id up to which every live consumer has consumed the changes. */
  get position(): number {
    return Math.min(this.options.source.cursor, ...this.live.map(({ position }) => position))
  }

  /** Id up to which this consumer has consumed the changes. */
  positionOf(name: string): number {
    return this.runners.find(({ consumer }) => consumer.name === name)!.position
  }

  async stop(): Promise<void> {
    await Promise.all([...this.live, ...this.durables].map((one) => one.stop()))
  }

  private get live(): Runner[] {
    return this.runners.filter(({ consumer }) => consumer.delivery === 'live')
  }

  private addLive(consumer: Consumer) {
    const { source, reports } = this.options
    const runner = new Runner({ consumer, source, reports, maxBacklog: LIVE_BACKLOG })
    this.runners.push(runner)
    runner.begin({ position: source.cursor, skip: this.place?.skip })
  }

  private addDurable(consumer: Consumer) {
    const { source, reports, positions } = this.options
    if (!positions) throw new Error(`No positions are stored here, which ${consumer.name} asks for`)
    const durable = new Durable({ consumer, source, reports, positions })
    this.durables.push(durable)
    this.runners.push(durable.runner)
    const present = { position: source.cursor, skip: this.place?.skip }
    // Before the feed has begun nobody knows where the present is.
    if (this.place) durable.begin(present).catch((error: unknown) => reports.failed(consumer.name, error))
  }

  /** A consumer that did not keep up is not waited for until it does again. */
  private async waitFor(runner: Runner): Promise<void> {
    this.late.add(runner)
    const done = runner.working.then(() => this.late.delete(runner))
    await withTimeout(PACE, done)
  }
}
