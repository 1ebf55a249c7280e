import { httpQuestion } from './harness/http-question'
import { activeProducts } from './harness/rows'

/** One product, by anybody. */
export default httpQuestion({
  name: 'get',
  target: 1,
  status: 200,
  asks: activeProducts(100).map((id) => ({ method: 'GET', path: `/products/${id}` }))
})
