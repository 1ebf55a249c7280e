import { httpQuestion } from './harness/http-question'
import type { HttpQuestion } from './harness/http-question'
import { BUSY_USERS } from './harness/rows'

/** One of fifty signed-in users makes a task. */
export const create: HttpQuestion = {
  name: 'create',
  target: 0.5,
  status: 201,
  differing: ['id', 'created_at', 'updated_at'],
  asks: Array.from({ length: BUSY_USERS }, (_, index) => ({
    method: 'POST',
    path: '/tasks',
    user: 1 + index,
    body: {
      title: `Task of user ${index}`,
      description: 'What is to be done in this task, in one sentence',
      priority: 'high',
      due_date: '2026-12-01T12:00:00.000Z'
    }
  }))
}

export default httpQuestion(create)
