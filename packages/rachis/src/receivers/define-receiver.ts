import type { Static, TSchema } from '@feathersjs/typebox'
import type { Job } from '../jobs'
import type { SchemeName } from './schemes'
import { SCHEMES } from './schemes'

/** A webhook whose signature was right. */
export interface Received<P = unknown> {
  /** The same whenever the sender sends the same event again. */
  readonly id: string
  /** What it tells of, such as `payment_intent.succeeded`; empty where the sender says nothing. */
  readonly type: string
  readonly payload: P
}

export interface ReceiverSpec<P extends TSchema, I extends TSchema> {
  /** How the sender signs. */
  readonly scheme: SchemeName
  readonly description?: string
  /** Events of other types are answered like these, and nothing is done for them. Without a list, all are taken. */
  readonly types?: readonly string[]
  /** What has to be in the payload. What is not named may be there. */
  readonly payload: P
  /** What is done for an event, once for each id. */
  readonly job: Job<I>
  /** The input of the job, of which no more than it needs is stored. */
  input(received: Received<Static<P>>): Static<I>
  /** Seconds that a signed time may differ from the time of this machine. Default 300. */
  readonly tolerance?: number
  /** Bytes that a body may have. Default 262,144. */
  readonly body_limit?: number
}

/** A declared receiver of webhooks. */
export interface Receiver extends Required<Pick<ReceiverSpec<TSchema, TSchema>, 'tolerance' | 'body_limit'>> {
  readonly name: string
  readonly scheme: SchemeName
  readonly description?: string
  readonly types?: readonly string[]
  readonly payload: TSchema
  readonly job: Job
  input(received: Received): unknown
}

const DEFAULTS = { tolerance: 300, body_limit: 262_144 }

const assertWhole = (name: string, key: keyof typeof DEFAULTS, value: number, most: number) => {
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new Error(`The receiver ${name} has ${key} ${value}: give a whole number from 1 to ${most}`)
}

/**
 * Declares a receiver of webhooks, at `POST /api/v1/receivers/<name>`. The application lists it, `receivers([payments])`, and the setting
 * `receivers.<name>.secrets` holds the secret that the sender signs with.
 *
 * @throws {Error} for a name that is not in snake_case, an unknown scheme, or a number out of its bounds
 * @example
 * const payments = defineReceiver('payments', {
 *   scheme: 'stripe',
 *   types: ['payment_intent.succeeded'],
 *   payload: Type.Object({ data: Type.Object({ object: Type.Object({ id: Type.String() }) }) }),
 *   job: notePayment,
 *   input: ({ payload }) => ({ payment: payload.data.object.id })
 * })
 */
export const defineReceiver = <P extends TSchema, I extends TSchema>(
  name: string,
  spec: ReceiverSpec<P, I>
): Receiver => {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(name))
    throw new Error(`The receiver ${JSON.stringify(name)} is not named in snake_case, such as payments`)
  if (!Object.hasOwn(SCHEMES, spec.scheme))
    throw new Error(`The receiver ${name} has the scheme ${String(spec.scheme)}: use one of ${Object.keys(SCHEMES).join(', ')}`) // prettier-ignore
  const receiver = { ...DEFAULTS, ...spec, name } as unknown as Receiver
  assertWhole(name, 'tolerance', receiver.tolerance, 86_400)
  assertWhole(name, 'body_limit', receiver.body_limit, 26_214_400)

  return receiver
}
