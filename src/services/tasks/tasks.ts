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
  withDefault
} from '../../resource'
import type { ServiceOf } from '../../resource'

const mine = { user_id: $user.id }

export const tasks = defineResource('tasks', {
  description: "Each user's own tasks",
  fields: {
    title: text({ minLength: 1, maxLength: 255 }),
    description: nullable(text()),
    status: state('pending', 'in_progress', 'completed', 'cancelled'),
    priority: withDefault(oneOf('low', 'medium', 'high', 'urgent'), 'medium'),
    due_date: nullable(timestamp()),
    user_id: owner('users')
  },
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
  indexes: [['user_id', 'status'], 'due_date']
})

declare module '../../declarations' {
  interface ServiceTypes {
    tasks: ServiceOf<typeof tasks>
  }
}
