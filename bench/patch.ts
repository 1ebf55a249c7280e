import { httpQuestion } from './harness/http-question'
import type { HttpQuestion } from './harness/http-question'
import { ownerOf } from './harness/rows'

const TASKS = Array.from({ length: 500 }, (_, index) => 1 + index)

let titles = 0

/**
 * One of fifty signed-in users changes the title and the priority of a task of their own. Each title is another: a write of the values
 * that a record has already is no change, and is answered without one.
 */
export const patch: HttpQuestion = {
  name: 'patch',
  target: 1,
  status: 200,
  differing: ['title', 'updated_at'],
  asks: TASKS.map((id) => ({
    method: 'PATCH',
    path: `/tasks/${id}`,
    user: ownerOf(id),
    body: () => ({ title: `Title ${titles++} of this benchmark`, priority: 'urgent' })
  }))
}

export default httpQuestion(patch)
