import { emailOf } from '../declare'
import type { Settings } from '../declare/declarations'
import type { Refusal } from '../settings/problems'
import { isHttps, isUrlOf, isWeakKey, refusalsOf } from '../settings/problems'
import { oauthProblems } from './oauth/settings'

const DEFAULT_PASSWORD = /^(admin|administrator|root|password|passw0rd|changeme|change-me|secret|letmein|welcome|rachis(-demo)?|qwerty)[\d!.]*$/i // prettier-ignore

const REFUSALS: readonly Refusal[] = [
  [
    ({ auth }) => auth.previous_keys.some(isWeakKey),
    'auth.previous_keys has the development default or a short text; take it out'
  ],
  [
    ({ admin }) => admin.password !== '' && admin.password.length < 12,
    'admin.password is too short; set ADMIN_PASSWORD to 12 or more characters, or leave it out'
  ],
  [
    ({ admin: { email, password } }) =>
      DEFAULT_PASSWORD.test(password) || (password !== '' && password === email),
    'admin.password is one that everybody tries; set ADMIN_PASSWORD to another'
  ],
  [
    ({ auth, public_url }) => auth.cookies.enabled && !isHttps(public_url),
    'auth.cookies.enabled needs https; set PUBLIC_URL to the https URL that browsers know this API by'
  ],
  [
    ({ mail, public_url }) => mail.smtp_url !== '' && !isHttps(public_url),
    'mails would link to this machine, or without encryption; set PUBLIC_URL to an https URL'
  ],
  [
    ({ auth, mail }) => auth.require_verified_email && mail.smtp_url === '',
    'auth.require_verified_email needs mails, or nobody could sign in; set SMTP_URL'
  ]
]

/** A page of any origin could act for whoever visits it. */
const cookieProblems = ({ auth, allowed_origins }: Settings): string[] =>
  auth.cookies.enabled && allowed_origins.includes('*')
    ? ['auth.cookies.enabled needs allowed_origins to list its origins, without *']
    : []

const mailProblems = ({ mail }: Settings): string[] =>
  isUrlOf(mail.smtp_url, /^smtps?:$/)
    ? []
    : ['mail.smtp_url is not a URL; a password in it has to be percent-encoded. Set SMTP_URL']

/** An administrator of any other address could not sign in, and yet would count as the one that there must be. */
const adminProblems = ({ admin: { email, password } }: Settings): string[] => {
  if (email && emailOf(email) === undefined)
    return [`admin.email is not an email address: ${email}; set ADMIN_EMAIL to one such as admin@example.com`]
  if (email && !password)
    return ['admin.password is missing; set ADMIN_PASSWORD as well, or leave ADMIN_EMAIL out']
  if (password && !email)
    return ['admin.email is missing; set ADMIN_EMAIL as well, or leave ADMIN_PASSWORD out']

  return []
}

/** Production asks for more, and says so by itself. */
const passwordProblems = ({ admin: { password }, auth }: Settings): string[] => {
  const { min_length } = auth.passwords
  return password && password.length < min_length
    ? [`admin.password must have at least ${min_length} characters; set ADMIN_PASSWORD to a longer one`]
    : []
}

/** What the schema cannot say of the settings of accounts. */
export const accountsProblems = (settings: Settings, isProduction: boolean): string[] => [
  ...cookieProblems(settings),
  ...mailProblems(settings),
  ...adminProblems(settings),
  ...oauthProblems(settings, isProduction),
  ...(isProduction ? refusalsOf(REFUSALS, settings) : passwordProblems(settings))
]
