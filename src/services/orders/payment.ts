import { ApiError } from 'rachis'
import { role, Type } from 'rachis'
import type { ActionContext } from 'rachis'

export const PAYMENT_STATUSES = ['pending', 'paid', 'failed', 'refunded'] as const
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number]
interface Order {
  readonly id: number
  readonly payment_status: PaymentStatus
}

const conflict = ({ payment_status }: Order, from: readonly PaymentStatus[]) =>
  new ApiError('STATE_CONFLICT', {
    field: 'payment_status',
    hint: `Only a payment that is ${from.join(' or ')} can take this step`,
    details: [
      {
        field: 'payment_status',
        message: `is ${payment_status}, and must be ${from.join(' or ')}`,
        rule: 'state',
        expected: from,
        provided: payment_status
      }
    ]
  })

/** A step of the payment. It is no step of the order: an order is paid before or after it is shipped, or after it was cancelled. */
const paymentStep = (summary: string, from: readonly PaymentStatus[], to: PaymentStatus, path: string) => ({
  summary,
  input: Type.Object({}, { additionalProperties: false }),
  access: role('admin'),
  http: { path },
  async run(_input: object, { record, table }: ActionContext<Order>): Promise<void> {
    if (!from.includes(record.payment_status)) throw conflict(record, from)
    await table().where({ id: record.id }).update({ payment_status: to, updated_at: new Date() })
  }
})

/** pending → paid or failed, failed → paid, paid → refunded. */
export const payment = {
  mark_paid: paymentStep('Note that an order is paid', ['pending', 'failed'], 'paid', 'mark-paid'),
  mark_failed: paymentStep('Note that a payment failed; it may be tried again', ['pending'], 'failed', 'mark-failed'),
  refund: paymentStep('Note that a payment was given back', ['paid'], 'refunded', 'refund')
} // prettier-ignore
