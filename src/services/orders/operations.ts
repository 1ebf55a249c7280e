import type { Static } from '@feathersjs/typebox'
import { authenticated, oneOf, role, Type } from 'rachis'
import type { ActionContext, ReportContext } from 'rachis'
import { list } from 'rachis'
import { stockCheck, stockHealth } from './stock-health'

const strict = { additionalProperties: false }

export const STATUSES = ['pending', 'confirmed', 'shipped', 'delivered', 'cancelled'] as const
const statusInput = Type.Object({ status: oneOf(...STATUSES) }, strict)
type Order = { id: number; status: string }

export const actions = {
  set_status: {
    summary: 'Take the step that leads to this status',
    input: statusInput,
    access: role('admin'),
    http: { method: 'PUT' as const, path: 'status' },
    async run(
      { status }: Static<typeof statusInput>,
      { app, record, params }: ActionContext<Order>
    ): Promise<void> {
      if (record.status !== status) await app.service('orders').patch(record.id, { status }, params)
    }
  }
}

export const reports = {
  my_orders: {
    summary: "The caller's own orders, newest first",
    input: Type.Object({}, strict),
    as_list: true as const,
    access: authenticated,
    http: { path: 'my-orders' },
    run: (asked: object, context: ReportContext) =>
      list(
        {
          list: 'orders',
          at: 'orders/my-orders',
          asked: '$sort' in asked ? asked : { sort: '-created_at', ...asked },
          only: { user_id: context.user!.id }
        },
        context
      )
  },
  stock_check: {
    summary:
      'How much is left of what is for sale: critical is none, low is at or under the reorder level, medium is under three times that, high is the rest. Names at most 100 products of each, scarcest first',
    input: Type.Object({}, strict),
    output: stockHealth,
    access: role('admin'),
    http: { path: 'health/stock-check' },
    run: stockCheck
  }
}
