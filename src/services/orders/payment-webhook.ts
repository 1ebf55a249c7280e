import { Type } from 'rachis'
import { defineJob, UnrecoverableError } from 'rachis/jobs'
import type { JobContext } from 'rachis/jobs'
import { defineReceiver } from 'rachis/receivers'
import type { PaymentStatus } from './payment'

/**
 * What becomes of the payment of an order by an event of Stripe, and from which states. Events may come late, and in another order: a refund
 * says that the order was paid, also where that is not known yet.
 */
const OUTCOMES = {
  'payment_intent.succeeded': { to: 'paid', from: ['pending', 'failed'] },
  'payment_intent.payment_failed': { to: 'failed', from: ['pending'] },
  'charge.refunded': { to: 'refunded', from: ['pending', 'failed', 'paid'] }
} as const satisfies Record<string, { to: PaymentStatus; from: readonly PaymentStatus[] }>
type PaymentEvent = keyof typeof OUTCOMES
const EVENTS = Object.keys(OUTCOMES) as PaymentEvent[]

const input = Type.Object(
  {
    order_number: Type.String({ maxLength: 32 }),
    event: Type.Unsafe<PaymentEvent>({ enum: EVENTS }),
    /** What was paid, or given back, in the smallest unit of the currency, as Stripe counts. */
    amount: Type.Integer({ minimum: 0 }),
    currency: Type.String({ pattern: '^[A-Z]{3}$' })
  },
  { additionalProperties: false }
)

interface Order {
  readonly id: string
  readonly payment_status: PaymentStatus
  readonly cents: string
  readonly currency: string
}

const LOCKED = `select id, payment_status, currency, (total * 100)::bigint as cents from orders where order_number = ? for update`

const lockedOrder = async ({ knex }: JobContext, order_number: string): Promise<Order> => {
  const { rows } = await knex.raw<{ rows: Order[] }>(LOCKED, [order_number])
  if (!rows[0]) throw new UnrecoverableError(`There is no order ${order_number}`)

  return rows[0]
}

/** Notes what a payment has become. An event that says nothing new, or comes behind one that says more, changes nothing. */
export const notePayment = defineJob('note_payment', {
  input,
  async run({ order_number, event, amount, currency }, context) {
    const { to, from } = OUTCOMES[event]
    const order = await lockedOrder(context, order_number)
    if (!(from as readonly PaymentStatus[]).includes(order.payment_status)) return
    if (amount !== Number(order.cents) || currency !== order.currency)
      throw new UnrecoverableError(
        `${event} of ${amount} ${currency} is not of the whole of order ${order_number}`
      )
    await context
      .knex('orders')
      .where({ id: order.id })
      .update({ payment_status: to, updated_at: new Date() })
  }
})

/** Stripe tells it of payments whose metadata name an order. */
export const payments = defineReceiver('payments', {
  description: 'Events of payments from Stripe; metadata.order_number names the order',
  scheme: 'stripe',
  types: EVENTS,
  payload: Type.Object({
    data: Type.Object({
      object: Type.Object({
        amount: Type.Integer({ minimum: 0 }),
        // Of a charge; its `amount` stays what was paid.
        amount_refunded: Type.Optional(Type.Integer({ minimum: 0 })),
        currency: Type.String({ pattern: '^[A-Za-z]{3}$' }),
        metadata: Type.Object({ order_number: Type.String({ minLength: 1, maxLength: 32 }) })
      })
    })
  }),
  job: notePayment,
  input: ({ type, payload: { data } }) => ({
    order_number: data.object.metadata.order_number,
    event: type as PaymentEvent,
    amount: type === 'charge.refunded' ? (data.object.amount_refunded ?? 0) : data.object.amount,
    currency: data.object.currency.toUpperCase()
  })
})
