import {
  $user,
  authenticated,
  defineResource,
  nullable,
  oneOf,
  owner,
  state,
  text,
  timestamp,
  Type,
  withDefault
} from 'rachis'
import type { ServiceOf } from 'rachis'
import { list } from 'rachis'

const mine = { user_id: $user.id }
const fields = {
  title: text({ minLength: 1, maxLength: 255, examples: ['Buy tea'] }),
  description: nullable(text()),
  status: state('pending', 'in_progress', 'completed', 'cancelled'),
  priority: withDefault(oneOf('low', 'medium', 'high', 'urgent'), 'medium'),
  due_date: nullable(timestamp()),
  user_id: owner('users')
}

export const tasks = defineResource('tasks', {
  description: "Each user's own tasks",
  fields,
  access: { read: mine, create: authenticated, update: mine, remove: mine },
  states: {
    field: 'status',
    initial: ['pending', 'in_progress', 'completed', 'cancelled'],
    transitions: {
      start: { from: 'pending', to: 'in_progress', access: mine },
      complete: { from: ['pending', 'in_progress'], to: 'completed', access: mine },
      cancel: { from: ['pending', 'in_progress'], to: 'cancelled', access: mine },
      reopen: { from: ['in_progress', 'completed', 'cancelled'], to: 'pending', access: mine }
    }
  },
  audited: { days: 365 },
  indexes: [['user_id', 'status'], 'due_date'],
  search: ['title', 'description'],
  reports: {
    search: {
      summary: 'Your own tasks that fit these words, best first',
      input: Type.Object({ q: Type.String({ maxLength: 1000 }) }, { additionalProperties: false }),
      as_list: { without: ['search', '$search'] },
      access: authenticated,
      run: ({ q, ...asked }, context) =>
        list(
          { list: 'tasks', at: 'tasks/search', asked: { q, ...asked }, query: { ...asked, $search: q } },
          context
        )
    }
  }
})

declare module 'rachis' {
  interface ServiceTypes {
    tasks: ServiceOf<typeof tasks>
  }
}
