import type { FieldInfo } from '../../field-info'
import { normalized } from '../../normalized'
import type { ColumnType } from '../../column-types'
import { INTEGER } from '../../column-types'
import type { Finding } from './problem'
import { instead, isObject, shown } from './problem'

type Test = (value: unknown, field: FieldInfo) => boolean
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const DATE = /^\d{4}-\d{2}-\d{2}$/
// Without its offset a time would mean another instant on another machine.
const INSTANT = /^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2}))?$/

const isText: Test = (value) => typeof value === 'string' && !value.includes('\0')
const isInteger: Test = (value) => {
  const { minimum, maximum } = INTEGER.range
  return Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum
}
const isNumber: Test = (value) => typeof value === 'number' && Number.isFinite(value)

/** JavaScript reads the 30th of February as the 2nd of March; PostgreSQL refuses it. */
const isDay = (text: string) => {
  const date = new Date(text)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}
const isDate: Test = (value) => typeof value === 'string' && DATE.test(value) && isDay(value)
const isInstant: Test = (value) =>
  typeof value === 'string' &&
  INSTANT.test(value) &&
  isDay(value.slice(0, 10)) &&
  !Number.isNaN(Date.parse(value))
const isJson: Test = (value, { value: { type } }) =>
  type === 'array' ? Array.isArray(value) : isObject(value)

const TYPES: Record<ColumnType, readonly [test: Test, name: string]> = {
  bigint: [Number.isSafeInteger, 'a whole number'],
  integer: [isInteger, 'a whole number of 32 bits'],
  'double precision': [isNumber, 'a number'],
  'numeric(12,2)': [
    (value, field) => isNumber(value, field) && Math.abs(value as number) < 1e10,
    'an amount'
  ],
  text: [isText, 'a text'],
  boolean: [(value) => typeof value === 'boolean', 'true or false'],
  uuid: [(value) => typeof value === 'string' && UUID.test(value), 'a UUID in lower case'],
  'timestamptz(3)': [isInstant, "a time such as '2026-01-31T12:00:00Z'"],
  date: [isDate, "a date such as '2026-01-31'"],
  jsonb: [isJson, 'the JSON that the field holds'],
  'text[]': [
    (value, field) => Array.isArray(value) && value.every((word) => isText(word, field)),
    'a list of texts'
  ]
}

const wrongText = ({ name, ...field }: FieldInfo, value: string): Finding | undefined => {
  const kept = normalized(value, field)
  if (kept !== value) {
    return {
      what: `${name} is kept in ${field.normalize} case and never ${shown(value)}`,
      hint: `write ${shown(kept)}`
    }
  }
  if (!field.enum || field.enum.includes(value)) return undefined

  return { what: `${shown(value)} is not a value of ${name}`, hint: instead(value, field.enum) }
}

const wrongNull = ({ name, nullable }: FieldInfo): Finding | undefined =>
  nullable
    ? undefined
    : {
        what: `${name} is never null`,
        hint: `declare ${name} nullable(…), or write a value in place of null`
      }

const isUndefined = ({ name }: FieldInfo): Finding => ({
  what: `${name} is given undefined`,
  hint: `write the value of ${name}; a constant of another file is undefined where two files import each other`
})

/** Why a column could not hold a value as it is written, or undefined where it could. */
export const wrongValue = (field: FieldInfo, value: unknown): Finding | undefined => {
  if (value === undefined) return isUndefined(field)
  if (value === null) return wrongNull(field)
  // A column of another name is told of where the types of fields are checked.
  const [test, expected] = TYPES[field.type] ?? [() => true, '']
  if (test(value, field)) return typeof value === 'string' ? wrongText(field, value) : undefined

  return {
    what: `${shown(value)} is not a value of ${field.name}`,
    hint: `write ${expected} for ${field.name}`
  }
}
