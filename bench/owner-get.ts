import { httpQuestion } from './harness/http-question'
import { ownerOf } from './harness/rows'

/** One of fifty signed-in users reads a task of their own. */
export default httpQuestion({
  name: 'owner-get',
  target: 0.5,
  status: 200,
  asks: Array.from({ length: 100 }, (_, index) => 1 + index).map((id) => ({
    method: 'GET',
    path: `/tasks/${id}`,
    user: ownerOf(id)
  }))
})
