import path from 'node:path'
import type { AppOptions } from 'rachis'
import {
  $user,
  asParent,
  authenticated,
  belongsTo,
  createApp as create,
  defineResource,
  integer,
  nullable,
  oneOf,
  owner,
  role,
  text,
  unique,
  withDefault
} from 'rachis'
import { accounts } from 'rachis/accounts'
import type { TestAppOptions } from 'rachis/testing'

export const notebooks = defineResource('notebooks', {
  fields: { name: unique(text({ minLength: 1, maxLength: 80 })), user_id: owner('users') },
  access: {
    read: [{ user_id: $user.id }, role('manager')],
    create: authenticated,
    update: { user_id: $user.id },
    remove: { user_id: $user.id }
  }
})
export const notes = defineResource('notes', {
  fields: {
    title: text({ minLength: 1, maxLength: 80 }),
    kind: withDefault(oneOf('plain', 'secret'), 'plain'),
    stars: nullable(integer({ minimum: 0, maximum: 5 })),
    notebook_id: belongsTo('notebooks' as never)
  },
  access: {
    read: { notebook_id: asParent },
    create: { ...authenticated, notebook_id: asParent },
    update: { notebook_id: asParent },
    fields: { stars: { read: role('manager'), write: role('manager') } }
  }
})

const resources = [notebooks, notes]
/** Without migrations of its own, in a folder without config/. */
export const createApp = (options: Partial<AppOptions> = {}) =>
  create({ resources, modules: [accounts], root: __dirname, ...options })

export const notebookApp: TestAppOptions = {
  createApp,
  unmigrated: resources,
  root: path.join(__dirname, '../..')
}
