import type { ErrorDetail } from '../errors/errors'
import type { Settings } from '../declare/declarations'
import { validateOnce } from '../model/validator'
import type { SettingsDeclaration } from './declaration'
import { schemaOf } from './declaration'

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

export interface ValidateOptions {
  /** Of the engine, of the modules and of the application. */
  readonly declarations: readonly SettingsDeclaration[]
  /** The value of NODE_ENV; `production` asks for more than others. */
  readonly environment?: string
  /** The environment's variable for each setting that has one, for the message. */
  readonly variables?: Readonly<Record<string, string>>
}

/**
 * Checks the settings before anything starts.
 *
 * @throws {Error} that lists each setting that is wrong, and what was expected of it
 */
export const validateSettings = (
  settings: Settings,
  { declarations, environment = process.env.NODE_ENV, variables = {} }: ValidateOptions
): Settings => {
  const details = validateOnce(schemaOf(declarations), settings)
  const isProduction = environment === 'production'
  const problems =
    details.length > 0
      ? details.map((detail) => detailLine(detail, variables))
      : declarations.flatMap((declaration) => declaration.problems?.(settings, isProduction) ?? [])
  if (problems.length > 0) throw new Error(`The configuration is not valid:${listOf(problems)}`)

  return settings
}
