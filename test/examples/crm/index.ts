import type { AnyResource } from 'rachis'
import { companies } from './companies'
import { contacts } from './contacts'
import { deals } from './deals'
import { notes } from './notes'
import { teamMembers } from './team-members'
import { teams } from './teams'

export { people } from './people'

/**
 * A CRM. Who is in a team works on its companies; deals and contacts follow their company, and notes their deal. `people`, in place of
 * `accounts`, shows names to everybody and emails to nobody else.
 */
export const crm = [
  teams,
  teamMembers,
  companies,
  contacts,
  deals,
  notes
] as unknown as readonly AnyResource[]
