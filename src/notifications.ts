import { defineNotification } from 'rachis/notifications'

const STAFF = { roles: ['admin', 'manager'] }
type Row = Readonly<Record<string, unknown>> | null

/** Whether a stock has come to the level at which it is to be ordered anew. What is made with little has not run low. */
const hasRunLow = (before: Row, after: Row, stock: string): boolean => {
  if (!before || !after || after.deleted_at) return false
  const isLow = (row: NonNullable<Row>) => Number(row[stock]) <= Number(row.reorder_level)

  return isLow(after) && !isLow(before)
}

/** Customers are told what becomes of their orders. */
const orderUpdated = defineNotification('order_updated', {
  resource: 'orders',
  when: ({ before, after }) =>
    Boolean(after) && (before?.status !== after?.status || before?.payment_status !== after?.payment_status),
  to: ({ after }) => [Number(after!.user_id)],
  letter: ({ order_number, status, payment_status }) => ({
    subject: `Your order ${String(order_number)} is ${String(status)}`,
    lines: [
      `Your order ${String(order_number)} is ${String(status)}. Its payment is ${String(payment_status)}.`
    ]
  })
})

/** Staff is told once when the stock of a product has come to its reorder level, and again when it has been above it meanwhile. */
const productLow = defineNotification('product_low', {
  resource: 'products',
  when: ({ before, after }) => hasRunLow(before, after, 'stock_quantity'),
  to: STAFF,
  letter: ({ name, sku, stock_quantity, reorder_level }) => ({
    subject: `Low stock: ${String(name)}`,
    lines: [`Of ${String(name)} (${String(sku)}) ${String(stock_quantity)} are left; the reorder level is ${String(reorder_level)}.`]
  })
}) // prettier-ignore

/** The same for what a store has. */
const inventoryLow = defineNotification('inventory_low', {
  resource: 'inventory',
  when: ({ before, after }) => hasRunLow(before, after, 'current_stock'),
  to: STAFF,
  include: ['product', 'store'],
  letter: ({ product, store, current_stock, reorder_level }) => {
    const [what, where] = [product, store].map((one) => String((one as { name?: string } | null)?.name))
    return {
      subject: `Low stock: ${what} in ${where}`,
      lines: [`Of ${what} ${String(current_stock)} are left in ${where}; the reorder level is ${String(reorder_level)}.`]
    }
  }
}) // prettier-ignore

export const declaredNotifications = [orderUpdated, productLow, inventoryLow]
