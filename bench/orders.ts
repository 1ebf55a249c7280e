import { httpQuestion } from './harness/http-question'
import { BUSY_USERS, HOT } from './harness/rows'

/**
 * Fifty users order the same five products at once, two of them each: every order waits for the rows of the one before. Compared
 * with the same transaction written by hand; plain Feathers has no such thing.
 */
export default httpQuestion({
  name: 'orders',
  servers: ['rachis', 'limit'],
  status: 201,
  differing: ['id', 'order_number', 'created_at', 'updated_at'],
  asks: Array.from({ length: BUSY_USERS }, (_, index) => ({
    method: 'POST',
    path: '/orders',
    user: 1 + index,
    body: {
      items: [0, 1].map((n) => ({ product_id: HOT[(index + n) % HOT.length], quantity: 1 })),
      shipping_address: { street: '1 Main Street', city: 'Springfield', zip: '12345' },
      payment_method: 'card'
    }
  }))
})
