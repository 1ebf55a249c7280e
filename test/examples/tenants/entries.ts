import { asParent, asParentFor, belongsTo, defineResource, immutable, integer, text } from 'rachis'
import type { ServiceOf } from 'rachis'

const worksOnProject = { project_id: asParentFor('update') }

/** Hours of a project: its organisation's, without a column of their own. */
export const entries = defineResource('entries', {
  fields: {
    what: text({ minLength: 1, maxLength: 200 }),
    minutes: integer({ minimum: 1, maximum: 1440 }),
    project_id: immutable(belongsTo('projects', { on_delete: 'cascade' }))
  },
  relations: { project: { one: 'project_id' } },
  access: {
    read: { project_id: asParent },
    create: worksOnProject,
    update: worksOnProject,
    remove: worksOnProject
  }
})

declare module 'rachis' {
  interface ServiceTypes {
    entries: ServiceOf<typeof entries>
  }
}
