import type { Registry } from 'prom-client'
import { Counter, Gauge, Histogram } from 'prom-client'

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export type Counted = 'delivered' | 'retried' | 'failed' | 'withheld'

export interface WebhookMetrics {
  /** @param seconds that the receiver took; undefined where it was not asked */
  ended(outcome: Counted, seconds?: number): void
}

/**
 * Counts attempts of webhooks by how they ended, times the receivers, and asks at each scrape how many deliveries wait.
 *
 * @param waiting how many are still to be made
 */
export const webhookMetrics = (registry: Registry, waiting: () => Promise<number>): WebhookMetrics => {
  const registers = [registry]
  const total = new Counter({
    name: 'rachis_webhook_deliveries_total',
    help: 'Attempts of webhooks, by how they ended: delivered, retried, failed for good, withheld from an owner without the right',
    labelNames: ['outcome'],
    registers
  })
  const seconds = new Histogram({
    name: 'rachis_webhook_seconds',
    help: 'Seconds that receivers of webhooks took to answer',
    buckets: SECONDS,
    registers
  })

  new Gauge({
    name: 'rachis_webhook_deliveries_waiting',
    help: 'Webhooks that are due, or wait for their time or for an earlier one of their record',
    aggregator: 'max',
    registers,
    async collect() {
      const count = await waiting().catch(() => undefined)
      if (count === undefined) this.reset()
      else this.set(count)
    }
  })

  return {
    ended(outcome, took) {
      total.inc({ outcome })
      if (took !== undefined) seconds.observe(took)
    }
  }
}
