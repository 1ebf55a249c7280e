import type { Settings } from './schema'

/** Known to everybody who has read this file: fine for trying things out, refused in production. */
export const DEVELOPMENT_SECRET = 'development-only-secret-do-not-use-in-production'

const RANDOM = 'set SECRET_KEY to a random text of 32 or more characters'
const DEFAULT_PASSWORD = /^(admin|administrator|root|password|passw0rd|changeme|change-me|secret|letmein|welcome|rachis(-demo)?|qwerty)[\d!.]*$/i // prettier-ignore

const isHttps = (url: string) => URL.canParse(url) && new URL(url).protocol === 'https:'
const isKnown = (key: string) => key === DEVELOPMENT_SECRET || key.length < 32 || new Set(key).size < 8

type Refusal = readonly [isWrong: (settings: Settings) => boolean, message: string]

/** What is convenient while developing, and an open door to the world. */
const REFUSALS: readonly Refusal[] = [
  [({ secret_key }) => secret_key === DEVELOPMENT_SECRET, `secret_key is the development default; ${RANDOM}`],
  [({ secret_key }) => secret_key.length < 32, `secret_key is too short; ${RANDOM}`],
  [
    ({ secret_key }) => secret_key.length >= 32 && new Set(secret_key).size < 8,
    `secret_key repeats a few characters; ${RANDOM}`
  ],
  [
    ({ auth }) => auth.previous_keys.some(isKnown),
    'auth.previous_keys has the development default or a short text; take it out'
  ],
  [
    ({ allowed_origins }) => allowed_origins.includes('*'),
    'allowed_origins allows every origin; set ALLOWED_ORIGINS to a comma-separated list'
  ],
  [
    ({ seed_demo }) => seed_demo,
    'seed_demo makes logins whose passwords everybody knows; set SEED_DEMO=false'
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

/** Why these settings must not serve in production, each with what to do instead. */
export const productionProblems = (settings: Settings): string[] =>
  REFUSALS.filter(([isWrong]) => isWrong(settings)).map(([, message]) => message)
