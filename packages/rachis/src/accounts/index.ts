import type { Module } from '../module'
import type { AccountsExtension } from './extend'
import { extend } from './extend'
import { apiKeys } from './resources/api-keys/api-keys'
import { audit } from './resources/audit/audit'
import { auth } from './resources/auth/auth'
import { oneTimeTokens } from './resources/auth/one-time-tokens'
import { eventTickets } from './resources/event-tickets/event-tickets'
import { identities } from './resources/identities/identities'
import { mfaFactors } from './resources/mfa/mfa-factors'
import { recoveryCodes } from './resources/mfa/recovery-codes'
import { securityEvents } from './resources/security-events/security-events'
import { sessions } from './resources/users/sessions'
import { users } from './resources/users/users'
import { parts } from './module'

/**
 * The module of users and signing in.
 *
 * @example createApp({ modules: [accounts], resources: [notes] })
 */
export const accounts = {
  name: 'accounts',
  resources: [
    audit,
    auth,
    users,
    sessions,
    identities,
    apiKeys,
    eventTickets,
    oneTimeTokens,
    mfaFactors,
    recoveryCodes,
    securityEvents
  ],
  ...parts
} satisfies Module

/**
 * Accounts with further roles and fields of users. Its tables stay with the migrations of accounts; `migrate:make` writes what is added
 * into the application's. The fields are read and written at /users, by rules as `$user.<name>`, and not by the operations of /auth.
 *
 * @throws {Error} for a field that accounts has itself, or that registering would have to ask for
 * @example
 * const fields = { desk: nullable(text({ maxLength: 50 })) }
 * type Fields = typeof fields
 * declare module 'rachis' {
 *   interface Roles { editor: true }
 *   interface UserFields extends Fields {}
 *   interface Principal { desk: string | null }
 * }
 * const modules = [extendAccounts({ roles: ['editor'], fields })]
 * const { desk } = await app.service('users').get(7) // string | null
 */
export const extendAccounts = (extension: AccountsExtension): Module => extend(accounts, extension)

// Each declaration adds its service to ServiceTypes, and each of these types its value to what `app.get` knows: a compiled
// application sees that only of modules that are named here.
export type { AccountsExtension } from './extend'
export type { Limits } from './limits'
export type { Mailer } from './mailer'
export type { Passwords } from './passwords'
export type { AccountsSettings } from './settings'
export {
  apiKeys,
  audit,
  auth,
  eventTickets,
  identities,
  mfaFactors,
  oneTimeTokens,
  recoveryCodes,
  securityEvents,
  sessions,
  users
}
export { makeFirstAdministrator } from './first-administrator'
