import type { Settings } from '../declare/declarations'

/** Everybody who has read this file knows it: it serves for trying things out, and production refuses it. */
export const DEVELOPMENT_SECRET = 'development-only-secret-do-not-use-in-production'

const RANDOM = 'set SECRET_KEY to a random text of 32 or more characters'

export const isHttps = (url: string): boolean => URL.canParse(url) && new URL(url).protocol === 'https:'
const hasFewCharacters = (key: string) => new Set(key).size < 8
/** Whether somebody could guess a key. */
export const isWeakKey = (key: string): boolean =>
  key === DEVELOPMENT_SECRET || key.length < 32 || hasFewCharacters(key)

/** A setting that is convenient while developing and opens the server to everybody, with what to set instead. */
export type Refusal = readonly [isWrong: (settings: Settings) => boolean, message: string]

const REFUSALS: readonly Refusal[] = [
  [({ secret_key }) => secret_key === DEVELOPMENT_SECRET, `secret_key is the development default; ${RANDOM}`],
  [({ secret_key }) => secret_key.length < 32, `secret_key is too short; ${RANDOM}`],
  [
    ({ secret_key }) => secret_key.length >= 32 && hasFewCharacters(secret_key),
    `secret_key repeats a few characters; ${RANDOM}`
  ],
  [
    ({ allowed_origins }) => allowed_origins.includes('*'),
    'allowed_origins allows every origin; set ALLOWED_ORIGINS to a comma-separated list'
  ]
]

/** The messages of the refusals that these settings meet. */
export const refusalsOf = (refusals: readonly Refusal[], settings: Settings): string[] =>
  refusals.filter(([isWrong]) => isWrong(settings)).map(([, message]) => message)

/** Browsers send an origin in this form, from applications for telephones as well. No other form would ever match, and `null` is everybody's origin. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#A-Z]+$/
const originProblems = ({ allowed_origins }: Settings): string[] =>
  allowed_origins
    .filter((origin) => origin !== '*' && !ORIGIN.test(origin))
    .map((origin) => `allowed_origins holds ${origin}; write origins such as https://app.example.com`)

/** Whether a text is empty or a URL of one of these protocols. */
export const isUrlOf = (text: string, protocols: RegExp): boolean =>
  text === '' || (URL.canParse(text) && protocols.test(new URL(text).protocol))

const redisProblems = (setting: string, url: string, variable: string): string[] =>
  isUrlOf(url, /^rediss?:$/)
    ? []
    : [`${setting} is not a URL; a password in it has to be percent-encoded. Set ${variable}`]

const urlProblems = ({ public_url, redis_url, feed }: Settings): string[] => [
  ...(isUrlOf(public_url, /^https?:$/)
    ? []
    : ['public_url must be a URL such as https://api.example.com; set PUBLIC_URL']),
  ...redisProblems('redis_url', redis_url, 'REDIS_URL'),
  ...redisProblems('feed.url', feed.url, 'FEED_URL')
]

const HOST = /^(\*\.)?[a-z\d[\]:.-]+$/
const hostProblems = ({ http: { hosts } }: Settings): string[] =>
  hosts
    .filter((host) => !HOST.test(host) || /:\d+$/.test(host))
    .map(
      (host) =>
        `http.hosts holds ${host}; write names in small letters without a port, such as api.example.com`
    )

const passwordProblems = ({ database: { url, password_file, password_command } }: Settings): string[] => {
  if (password_file !== '' && password_command !== '')
    return ['database.password_file and database.password_command cannot both be asked; set one of them']
  const isAsked = password_file !== '' || password_command !== ''
  if (!isAsked) return []
  if (url === '') return ['database.password_file and database.password_command are for the server of database.url; set DATABASE_URL']

  return URL.canParse(url) && new URL(url).password !== '' ? ['database.url has a password, which the one that is asked for would replace; take it out'] : []
} // prettier-ignore

/** What the schema cannot say of the engine's settings. */
export const engineProblems = (settings: Settings, isProduction: boolean): string[] => [
  ...originProblems(settings),
  ...hostProblems(settings),
  ...urlProblems(settings),
  ...passwordProblems(settings),
  ...(isProduction ? refusalsOf(REFUSALS, settings) : [])
]
