import type { AnyResource } from 'rachis'
import { companies } from './companies'
import { contacts } from './contacts'
import { deals } from './deals'
import { notes } from './notes'
import { teamMembers } from './team-members'
import { teams } from './teams'

/**
 * A CRM. Who is in a team works on its companies; deals and contacts follow their company, and notes their deal. That users show their
 * names to everybody and their emails to themselves and admins is a rule of fields of `users`.
 */
export const crm = [
  teams,
  teamMembers,
  companies,
  contacts,
  deals,
  notes
] as unknown as readonly AnyResource[]
