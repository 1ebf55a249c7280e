import { $user, authenticated, role } from 'rachis'
import { extendAccounts } from 'rachis/accounts'

const themselves = { read: [{ id: $user.id }, role('admin')] }

/** Everybody sees the names of those who work here. Emails, and when somebody was here last, are for themselves and admins. */
export const people = extendAccounts({
  read: authenticated,
  access: { email: themselves, is_verified: themselves, last_login: themselves }
})
