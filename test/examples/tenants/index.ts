import type { AnyResource } from 'rachis'
import { role, tenants } from 'rachis'
import { entries } from './entries'
import { holidays } from './holidays'
import { organisationMembers } from './organisation-members'
import { organisations } from './organisations'
import { projects } from './projects'

export const resources = [
  organisations,
  organisationMembers,
  projects,
  entries,
  holidays
] as unknown as readonly AnyResource[]

/** Stops the start where a rule forgets the organisation. */
export const ofOrganisations = tenants({
  resource: 'organisations',
  column: 'organisation_id',
  properties: ['organisation_ids', 'led_organisation_ids'],
  across: role('admin'),
  shared: ['holidays']
})
