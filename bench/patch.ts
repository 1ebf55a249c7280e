import { httpQuestion } from './harness/http-question'
import type { HttpQuestion } from './harness/http-question'
import { ownerOf } from './harness/rows'

/** The tasks once with one title and once with another: a write of the values that a record has already is no change. */
const TITLES = ['Another title', 'Yet another title'].flatMap((title) =>
  Array.from({ length: 500 }, (_, index) => ({ id: 1 + index, title: `${title} of task ${1 + index}` }))
)

/** One of fifty signed-in users changes the title and the priority of a task of their own. */
export const patch: HttpQuestion = {
  name: 'patch',
  target: 1,
  status: 200,
  differing: ['updated_at'],
  asks: TITLES.map(({ id, title }) => ({
    method: 'PATCH',
    path: `/tasks/${id}`,
    user: ownerOf(id),
    body: { title, priority: 'urgent' }
  }))
}

export default httpQuestion(patch)
