import { emailOf } from '../declare'
import type { ErrorDetail } from '../errors/errors'
import { oauthProblems } from './oauth'
import { lazyValidator } from '../model/validator'
import { productionProblems } from './production'
import type { Settings } from './schema'
import { settingsSchema } from './schema'

/** A page of any origin could act for whoever visits it. */
const cookieProblems = ({ auth, allowed_origins }: Settings): string[] =>
  auth.cookies.enabled && allowed_origins.includes('*')
    ? ['auth.cookies.enabled needs allowed_origins to list its origins, without *']
    : []

/** As browsers send it, also those in applications for telephones: any other is compared in vain, and `null` is everybody's. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#A-Z]+$/
const originProblems = ({ allowed_origins }: Settings): string[] =>
  allowed_origins
    .filter((origin) => origin !== '*' && !ORIGIN.test(origin))
    .map((origin) => `allowed_origins holds ${origin}; write origins such as https://app.example.com`)

const isTimeZone = (timeZone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }) !== undefined
  } catch {
    return false
  }
}

const zoneProblems = ({ shop: { time_zone } }: Settings): string[] =>
  isTimeZone(time_zone)
    ? []
    : [`shop.time_zone ${time_zone} is not a time zone; write one such as Europe/Berlin`]

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

const isUrl = (text: string, protocols: RegExp): boolean =>
  text === '' || (URL.canParse(text) && protocols.test(new URL(text).protocol))

const urlProblems = ({ public_url, redis_url, mail }: Settings): string[] => [
  ...(isUrl(public_url, /^https?:$/)
    ? []
    : ['public_url must be a URL such as https://shop.example.com; set PUBLIC_URL']),
  ...(isUrl(redis_url, /^rediss?:$/)
    ? []
    : ['redis_url is not a URL; a password in it has to be percent-encoded. Set REDIS_URL']),
  ...(isUrl(mail.smtp_url, /^smtps?:$/)
    ? []
    : ['mail.smtp_url is not a URL; a password in it has to be percent-encoded. Set SMTP_URL'])
]

const EXPECTED: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false (or yes, no, 1, 0)',
  array: 'a list; in the environment in JSON, such as ["first", "second"]'
}

/** Only where the value is of the wrong type or size: a text may be a secret. */
const givenOf = ({ rule, expected, provided }: ErrorDetail): string => {
  const isPlain = rule !== 'pattern' && expected !== 'array' && expected !== 'string'
  return isPlain && provided !== undefined ? `, but is ${JSON.stringify(provided)}` : ''
}

/** @example 'port must be a whole number, but is "abc"; set PORT' */
const detailLine = (detail: ErrorDetail, variables: Readonly<Record<string, string>>): string => {
  const { field = '', message, rule, expected } = detail
  const asked = rule === 'type' && EXPECTED[expected as string]
  // An item of a list has the variable of its list.
  const variable = variables[field.replace(/\.\d+$/, '')]

  return `${field} ${asked ? `must be ${asked}` : message}${givenOf(detail)}${variable ? `; set ${variable}` : ''}`
}

const listOf = (problems: readonly string[]) =>
  problems.length === 1 ? ` ${problems[0]}` : problems.map((line) => `\n  - ${line}`).join('')

const valueProblems = (settings: Settings, isProduction: boolean): string[] => [
  ...zoneProblems(settings),
  ...originProblems(settings),
  ...cookieProblems(settings),
  ...urlProblems(settings),
  ...adminProblems(settings),
  ...oauthProblems(settings, isProduction),
  ...(isProduction ? productionProblems(settings) : passwordProblems(settings))
]

/**
 * Checks the settings before anything starts.
 *
 * @param variables the environment's variable for each setting that has one, for the message
 * @throws Error that lists each setting that is wrong, and what was expected of it
 */
export const validateSettings = (
  settings: Settings,
  environment = process.env.NODE_ENV,
  variables: Readonly<Record<string, string>> = {}
): Settings => {
  const details = lazyValidator(settingsSchema)(settings)
  const problems =
    details.length > 0
      ? details.map((detail) => detailLine(detail, variables))
      : valueProblems(settings, environment === 'production')
  if (problems.length > 0) throw new Error(`The configuration is not valid:${listOf(problems)}`)

  return settings
}
