import { httpQuestion } from './harness/http-question'
import type { HttpQuestion } from './harness/http-question'
import { ownerOf } from './harness/rows'

/** One of fifty signed-in users changes the title and the priority of a task of their own. */
export const patch: HttpQuestion = {
  name: 'patch',
  target: 1,
  status: 200,
  differing: ['updated_at'],
  asks: Array.from({ length: 500 }, (_, index) => 1 + index).map((id) => ({
    method: 'PATCH',
    path: `/tasks/${id}`,
    user: ownerOf(id),
    body: { title: `Another title of task ${id}`, priority: 'urgent' }
  }))
}

export default httpQuestion(patch)
