import { httpQuestion } from './harness/http-question'
import { ADMIN } from './harness/rows'

/** Sales of 30 days out of 200,000 orders over a million products, asked twice at once by an administrator. */
export default httpQuestion({
  name: 'analytics',
  servers: ['rachis', 'limit'],
  database: (databases) => databases.large(),
  connections: 2,
  status: 200,
  asks: [{ method: 'GET', path: '/analytics/sales?days=30', user: ADMIN }]
})
