import type { Change } from '../feed/change'

/** `immediate`: a mail of its own; `digest`: in the next mail that gathers several; `off`: none. */
export type Delivery = 'immediate' | 'digest' | 'off'
export const DELIVERIES = ['immediate', 'digest', 'off'] as const

/** What a mail says, in paragraphs. */
export interface Letter {
  readonly subject: string
  readonly lines: readonly string[]
}

/** The record as its reader may see it, with what was asked to be included. */
export type NotifiedRecord = Readonly<Record<string, unknown>>

export interface NotificationSpec {
  /** The resource whose changes are told, by its name. */
  readonly resource: string
  /** Whether a committed change is one to tell of. It is asked of every change of the resource: it may look at nothing else. */
  when(change: Change): boolean
  /** Whom it is told: users by their ids, from the change, or everybody with one of these roles. */
  readonly to: ((change: Change) => readonly (number | string)[]) | { readonly roles: readonly string[] }
  /** Relations of the record that the letter is about. */
  readonly include?: readonly string[]
  /** What the mail says of the record, which is read when it is sent and by the rights of whoever gets it. */
  letter(record: NotifiedRecord): Letter
  /** How it is told to who has not chosen. Default `immediate`. */
  readonly delivery?: Delivery
}

/** A declared notification. */
export interface Notification extends NotificationSpec {
  readonly name: string
  readonly delivery: Delivery
}

/**
 * Declares a mail about changes of a resource. The application lists it, `notifications([shipped])`.
 *
 * @throws {Error} for a name that is not in snake_case
 * @example
 * const shipped = defineNotification('parcel_shipped', {
 *   resource: 'parcels',
 *   when: ({ before, after }) => !before?.shipped_at && Boolean(after?.shipped_at),
 *   to: ({ after }) => [after!.user_id as number],
 *   letter: ({ number }) => ({ subject: `Parcel ${number} is on its way`, lines: ['It was shipped.'] })
 * })
 */
export const defineNotification = (name: string, spec: NotificationSpec): Notification => {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(name))
    throw new Error(`The notification ${JSON.stringify(name)} is not named in snake_case, such as parcel_shipped`) // prettier-ignore

  return { delivery: 'immediate', ...spec, name }
}
