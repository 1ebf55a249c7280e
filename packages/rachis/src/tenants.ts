import type { Tenancy } from './model/verifiers/tenancy'
import { tenancyProblems } from './model/verifiers/tenancy'
import type { Module } from './module'

/**
 * A module that stops the start where a declaration of the application forgets its tenant: where a rule lets in others than those who belong
 * to the record's tenant, a record can be moved to another tenant, or a unique value would tell one tenant what another has.
 *
 * @example
 * const module = tenants({
 *   resource: 'organisations',
 *   column: 'organisation_id',
 *   properties: ['organisation_ids'],
 *   across: role('admin')
 * })
 */
export const tenants = (tenancy: Tenancy): Module => ({
  name: 'tenants',
  verify: (models) => tenancyProblems(tenancy, models)
})
