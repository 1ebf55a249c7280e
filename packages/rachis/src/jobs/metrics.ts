import type { Registry } from 'prom-client'
import { Counter, Gauge, Histogram } from 'prom-client'
import type { ModuleContext } from '../module'
import type { Outcome } from './attempt'
import type { Job } from './define-job'

const SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300]

export interface JobMetrics {
  ended(job: string, outcome: Outcome, seconds: number): void
}

/** The number of jobs that wait, by their names. */
const waitingOf = async ({ app, database }: ModuleContext, jobs: readonly Job[]) => {
  const { schema } = app.get('jobs')
  const text = `select name, count(*)::int as count from ${schema}.job where state < 'active' group by name`
  const rows = await database.query({ text, values: [] })
  const counts = new Map(rows.map(({ name, count }) => [name, count as number]))

  return Object.fromEntries(jobs.map(({ name }) => [name, counts.get(name) ?? 0]))
}

/** Counts and times attempts, and asks at each scrape how many jobs wait. */
export const jobMetrics = (registry: Registry, context: ModuleContext, jobs: readonly Job[]): JobMetrics => {
  const registers = [registry]
  const seconds = new Histogram({
    name: 'rachis_job_seconds',
    help: 'Seconds that attempts of jobs took',
    labelNames: ['job'],
    buckets: SECONDS,
    registers
  })
  const total = new Counter({
    name: 'rachis_jobs_total',
    help: 'Attempts of jobs, by how they ended: completed, retried, failed for good, released by a stop, lost by taking too long',
    labelNames: ['job', 'outcome'],
    registers
  })
  new Gauge({
    name: 'rachis_jobs_waiting',
    help: 'Jobs that are enqueued and not begun, or wait for a retry',
    labelNames: ['job'],
    aggregator: 'max',
    registers,
    async collect() {
      const counts = await waitingOf(context, jobs).catch(() => ({}))
      this.reset()
      for (const [job, count] of Object.entries(counts)) this.set({ job }, count)
    }
  })

  return {
    ended(job, outcome, took) {
      total.inc({ job, outcome })
      seconds.observe({ job }, took)
    }
  }
}
