import type { Knex } from 'knex'
import type { JobContext } from '../../jobs'
import { Queue } from '../../jobs/queue'
import type { ModuleContext } from '../../module'
import { post } from '../network/post'
import type { Response } from '../network/post'
import { reachOf } from '../reading'
import { secretsInForce } from '../secrets'
import { signedHeaders } from '../signature'
import type { Claim } from './claims'
import { Claims } from './claims'
import type { Delivery } from './delivery'
import type { Counted, WebhookMetrics } from './metrics'
import type * as Metrics from './metrics'
import { outcomeOf } from './outcome'
import type { Projection } from './projection'
import { Gone } from './projection'
import type { Ending } from './record'
import { recordEnding } from './record'
import type { ReplayInput } from './replay'
import { replayStep } from './replay'

/** Attempts that run at once in one process. */
const CONCURRENCY = 10

const failed = (error: string): Ending => ({ outcome: { state: 'failed' }, error })
const WITHHELD: Ending = { outcome: { state: 'withheld' } }
const WITHHELD_FROM_OWNER: Ending = { ...WITHHELD, isOwnerAway: true }
const NOT_KEPT: Ending = { ...failed('The change is not kept any more'), isLost: true }

const ENDPOINT = ['url', 'secrets', 'resources', 'events', 'filter', 'api_version', 'ordered', 'disabled_at', 'failing_since', 'withheld_since'] // prettier-ignore

/** What is shown of a failure: not where the host is, which only this server may know. */
const sentenceOf = (error: unknown): string => {
  const { code, message } = error as Error & { code?: unknown }

  return typeof code === 'string' ? `The receiver could not be asked: ${code}` : message
}

/**
 * Makes the attempts of deliveries, which are a queue of their own: a delivery is claimed before it is sent. Processes without jobs send none.
 */
export class WebhookSender {
  private readonly claims: Claims
  private queue?: Queue<Claim>
  private metrics?: WebhookMetrics

  constructor(
    private readonly context: ModuleContext,
    readonly projection: Projection
  ) {
    this.claims = new Claims(context.database)
  }

  open(): void {
    this.measure()
    const { enabled, poll_interval } = this.context.app.get('jobs')
    if (!enabled) return
    this.queue = new Queue<Claim>({
      concurrency: CONCURRENCY,
      pollInterval: poll_interval,
      take: (count) => this.claims.take(count, this.context.app.get('webhooks').timeout),
      run: (claim, stopping) => this.attempt(claim, stopping),
      release: (claim) => this.giveBack(claim),
      onError: (err) => this.context.logger.error({ err }, 'Webhooks could not be looked after')
    })
    this.queue.wake()
  }

  /** Waits for attempts that run, as long as for jobs, and gives the rest back. */
  async close(): Promise<void> {
    await this.queue?.stop(this.context.app.get('jobs').shutdown_grace * 1000)
  }

  /** Looks at once for deliveries that are due. */
  wake(): void {
    this.queue?.wake()
  }

  replay(input: ReplayInput, context: JobContext): Promise<void> {
    return replayStep(this.context, this.projection, input, context)
  }

  private async attempt(claim: Claim, stopping: AbortSignal): Promise<void> {
    const delivery = await this.load(claim)
    // What was claimed may have been done by somebody else just before, or be gone.
    if (!delivery) return this.giveBack(claim)
    const attributes = { 'rachis.delivery_id': delivery.id, 'rachis.attempt': delivery.attempts + 1 }
    const signal = AbortSignal.any([stopping, claim.ends])
    const work = async () => this.end(claim, delivery, await this.endingOf(delivery, signal))
    await this.context.app
      .get('span')('webhooks.deliver', attributes, work)
      .catch((error: unknown) => {
        if (stopping.aborted) return this.giveBack(claim)
        return this.endBroken(claim, delivery, error)
      })
  }

  private async end(claim: Claim, delivery: Delivery, ending: Ending): Promise<void> {
    const release = (trx: Knex) => this.claims.release(claim, trx)
    if (await recordEnding(this.context.app, delivery, ending, release)) this.count(ending)
    this.context.app.get('engine').wake()
  }

  /** An attempt that this server could not make is one as well: else what fails at each of them would be tried for ever. */
  private async endBroken(claim: Claim, delivery: Delivery, err: unknown): Promise<void> {
    this.context.logger.error({ err, delivery_id: delivery.id }, 'A webhook could not be sent')
    const error = 'This server could not prepare or record the attempt'
    const situation = { attempts: delivery.attempts + 1, now: Date.now() }
    const outcome = outcomeOf({ error }, situation, this.context.app.get('webhooks'))
    // Where this fails too, as without a database, the claim ends by itself.
    await this.end(claim, delivery, { outcome, error })
  }

  private async giveBack(claim: Claim): Promise<void> {
    await this.claims.release(claim, this.context.knex)
  }

  private measure() {
    const registry = this.context.app.get('metricsRegistry')
    if (!registry || this.metrics) return
    const { webhookMetrics } = require('./metrics') as typeof Metrics
    this.metrics = webhookMetrics(registry, () => this.waiting())
  }

  private async waiting(): Promise<number> {
    const text = `select count(*)::int as count from webhook_deliveries where state in ('waiting', 'pending')`
    const [row] = await this.context.database.query<{ count: number }>({ text, values: [] })

    return row!.count
  }

  private async load({ delivery_id }: Claim): Promise<Delivery | undefined> {
    const columns = ENDPOINT.map((name) => `e.${name}`)
    const query = this.context.knex('webhook_deliveries as d').join('webhook_endpoints as e', 'e.id', 'd.endpoint_id')
    const due = query.where({ 'd.id': delivery_id, state: 'pending' }).whereRaw('d.next_attempt_at <= now()')

    return (await due.first('d.*', ...columns)) as Delivery | undefined
  } // prettier-ignore

  private async endingOf(delivery: Delivery, signal: AbortSignal): Promise<Ending> {
    if (delivery.disabled_at !== null) return failed('The endpoint is switched off')
    try {
      const owner = await this.projection.owner(delivery.user_id)
      if (!owner) return WITHHELD_FROM_OWNER
      const payload = await this.projection.payload(delivery, owner)
      return payload ? await this.send(delivery, JSON.stringify(payload), signal) : WITHHELD
    } catch (error) {
      if (error instanceof Gone) return NOT_KEPT
      throw error
    }
  }

  private async send(delivery: Delivery, body: string, stopping: AbortSignal): Promise<Ending> {
    const begun = performance.now()
    const attempted = await this.ask(delivery, body, stopping)
    const { failing_since, attempts } = delivery
    const situation = {
      attempts: attempts + 1,
      failing_since: failing_since === null ? undefined : Date.parse(failing_since),
      now: Date.now()
    }
    const outcome = outcomeOf(attempted, situation, this.context.app.get('webhooks'))

    return { ...attempted, outcome, body, duration: performance.now() - begun }
  }

  private async ask(delivery: Delivery, body: string, stopping: AbortSignal) {
    const { app } = this.context
    const timeout = AbortSignal.timeout(app.get('webhooks').timeout * 1000)
    const signal = AbortSignal.any([stopping, timeout])
    const headers = this.headersOf(delivery, body)
    try {
      const response: Response = await post({ url: delivery.url, headers, body, reach: reachOf(app), signal })
      return { response }
    } catch (error) {
      if (stopping.aborted) throw error
      return { error: timeout.aborted ? 'The receiver took too long' : sentenceOf(error) }
    }
  }

  private headersOf(delivery: Delivery, body: string): Record<string, string> {
    const timestamp = Math.floor(Date.now() / 1000)
    const secrets = secretsInForce(this.context.app, delivery)

    return {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'Rachis-Webhooks/1',
      ...signedHeaders({ id: delivery.event_id, timestamp, body }, secrets)
    }
  }

  private count({ outcome: { state }, duration }: Ending) {
    const counted: Counted = state === 'pending' ? 'retried' : state
    this.metrics?.ended(counted, duration === undefined ? undefined : duration / 1000)
  }
}

declare module '../../declare/declarations' {
  interface Configuration {
    webhookSender: WebhookSender
  }
}
