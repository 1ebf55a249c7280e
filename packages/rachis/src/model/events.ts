import type { TObject } from '@feathersjs/typebox'
import type { Operation } from './operation'

/** What a change does to a record, as its row in the feed says it and as an event tells it. */
export const CHANGE_EVENTS = ['created', 'updated', 'patched', 'removed'] as const
export type ChangeEvent = (typeof CHANGE_EVENTS)[number]

/** What a connection is told of itself: that its rights changed, that it did not read, that its token ends. */
export const CONNECTION_EVENTS = [
  'reset',
  'applied',
  'synced',
  'slow',
  'token_expiring',
  'token_expired'
] as const
export type ConnectionEvent = (typeof CONNECTION_EVENTS)[number]

/** Methods of sockets that ask for events of some records only. */
export const SUBSCRIPTION_METHODS = ['subscribe', 'unsubscribe'] as const

/** One thing that readers of a resource are told of while it happens, on whichever transport. */
export interface Event {
  readonly resource: string
  /** Name on sockets: one of `CHANGE_EVENTS`, or that of the operation which made the change. */
  readonly name: string
  /** Schema of the data: the record with the columns that the reader may read. */
  readonly payload: TObject
}

/** Of a record that left the sight of a reader together with their rights, the id is all that they are still told. */
const idOnly = (record: TObject): TObject => ({ ...record, required: ['id'] })

interface Told {
  readonly resource: string
  /** Schema of a record as it is answered. */
  readonly record: TObject
  readonly operations: readonly Operation[]
}

/**
 * The events of a resource whose changes are recorded: those of every change, then one for each action, step or restoration.
 *
 * @example eventsOf({ resource: 'tasks', record, operations }).map(({ name }) => name) // ['created', 'updated', 'patched', 'removed', 'complete']
 */
export const eventsOf = ({ resource, record, operations }: Told): Event[] => [
  ...CHANGE_EVENTS.map((name) => ({ resource, name, payload: name === 'removed' ? idOnly(record) : record })),
  ...operations.flatMap(({ event }) =>
    event === undefined ? [] : [{ resource, name: event, payload: record }]
  )
]
