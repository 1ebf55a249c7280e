import path from 'path'
import type { Module } from '../module'
import type { Job } from './define-job'
import { JobQueues } from './job-queues'
import { deadLetters } from './resources/dead-letters'
import { jobRunsFor } from './resources/job-runs'
import { jobsSettings } from './settings'

export interface JobsOptions {
  /** Days for which runs are kept after their end; 30 by default. */
  readonly retention_days?: number
}

/**
 * The module of jobs: work that is enqueued in the transaction of a call and done after it, tried again where it fails, or done at times.
 *
 * @throws {Error} for two jobs of one name, when the application is made
 * @example createApp({ modules: [accounts, jobs([welcome])], resources: [notes] })
 */
export const jobs = (declared: readonly Job[], { retention_days = 30 }: JobsOptions = {}) =>
  ({
    name: 'jobs',
    resources: [deadLetters, jobRunsFor(retention_days)],
    settings: jobsSettings,
    migrations: path.join(__dirname, 'migrations'),
    prepare: (context) => void context.app.set('jobQueues', new JobQueues(context, declared)),
    install: ({ app }) => app.get('jobQueues').install(),
    open: ({ app }) => app.get('jobQueues').open(),
    close: ({ app }) => app.get('jobQueues').close()
  }) satisfies Module

export { defineJob, UnrecoverableError } from './define-job'
export type { EnqueueContext, EnqueueOptions, Job, JobContext, JobSpec, Schedule } from './define-job'
export type { ProgressReport } from './progress'
export type { JobQueues } from './job-queues'
export type { JobsSettings } from './settings'
export { deadLetters }
