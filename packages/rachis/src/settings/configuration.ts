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

const listOf = (problems: readonly string[]) =>
  problems.length === 1 ? ` ${problems[0]}` : problems.map((line) => `\n  - ${line}`).join('')

/**
 * Checks the settings before anything starts.
 *
 * @throws Error that lists each setting that is wrong, and what was expected of it
 */
export const validateSettings = (settings: Settings, environment = process.env.NODE_ENV): Settings => {
  const details = lazyValidator(settingsSchema)(settings)
  const problems = [
    ...details.map(({ field, message }) => `${field} ${message}`),
    ...(details.length === 0
      ? [...zoneProblems(settings), ...originProblems(settings), ...cookieProblems(settings)]
      : []),
    ...(details.length === 0 ? oauthProblems(settings, environment === 'production') : []),
    ...(details.length === 0 && environment === 'production' ? productionProblems(settings) : [])
  ]
  if (problems.length > 0) throw new Error(`The configuration is not valid:${listOf(problems)}`)

  return settings
}
