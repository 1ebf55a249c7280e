import type { Module } from '../module'
import { apiKeys } from './resources/api-keys/api-keys'
import { audit } from './resources/audit/audit'
import { auth } from './resources/auth/auth'
import { oneTimeTokens } from './resources/auth/one-time-tokens'
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
    oneTimeTokens,
    mfaFactors,
    recoveryCodes,
    securityEvents
  ],
  ...parts
} satisfies Module

// Each declaration adds its service to ServiceTypes, and each of these types its value to what `app.get` knows: a compiled
// application sees that only of modules that are named here.
export type { Limits } from './limits'
export type { Mailer } from './mailer'
export type { Passwords } from './passwords'
export type { AccountsSettings } from './settings'
export {
  apiKeys,
  audit,
  auth,
  identities,
  mfaFactors,
  oneTimeTokens,
  recoveryCodes,
  securityEvents,
  sessions,
  users
}
export { makeFirstAdministrator } from './first-administrator'
