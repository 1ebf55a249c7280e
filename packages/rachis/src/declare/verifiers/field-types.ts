import type { TSchema } from '@feathersjs/typebox'
import { Modifier } from '@feathersjs/typebox'
import type { AnyResource } from '../any-resource'
import { COLUMN_TYPES, columnType, isColumnType, typeInfo } from '../column-types'
import type { FieldInfo } from '../field-info'
import type { Context, Finding, Problem } from './shared/problem'
import { instead, problem, repeated, shown } from './shared/problem'
import { presentOf } from './shared/schema'

/** What the validator knows; it would let every text pass a format of another name. */
export const FORMATS = ['date-time', 'date', 'email', 'uri', 'uuid', 'ipv4', 'ipv6', 'hostname', 'password']

const found = (what: string, hint: string): Finding => ({ what, hint })

const columnFinding = (name: string, schema: TSchema): Finding | undefined => {
  const present = presentOf(schema)
  const mark = schema[Modifier] ?? present?.[Modifier]
  if (mark)
    return found(
      `${name} is Type.${mark}, which says nothing of a column`,
      `write nullable(…), withDefault(…) or readOnly(…) around ${name}`
    )
  if (!present)
    return found(
      `${name} is a union`,
      `write oneOf('a', 'b') for words, nullable(…) for one type or null, json() for the rest of ${name}`
    )
  if (present.instanceOf !== undefined)
    return found(
      `${name} is Type.${String(present.instanceOf)}, an object of JavaScript that JSON does not carry`,
      `write timestamp(), Type.String({ format: 'date' }) or json() for ${name}`
    )
  const column = columnType({ ...present, ...schema })
  if (column && isColumnType(column)) return undefined
  if (column) return found(`${name} has the column ${column}`, instead(column, COLUMN_TYPES))
  const type = shown(present.type ?? present.const ?? 'none')

  return found(
    `${name} has the type ${type}, which PostgreSQL has no column for`,
    `write text(), integer(), json() or another type for ${name}`
  )
}

/** Words of a choice are compared, listed by commas in queries and written into a check of the table. */
const choiceFinding = ({ name, enum: words }: FieldInfo): Finding | undefined => {
  if (!words) return undefined
  const [again] = repeated(words)
  const odd = words.find((word) => typeof word !== 'string' || /[,\0]/.test(word))
  if (words.length === 0)
    return found(`${name} has no value to choose from`, `write oneOf('a', 'b') for ${name}`)
  if (again !== undefined) return found(`${name} lists ${shown(again)} twice`, `list ${shown(again)} once`)
  if (odd === undefined) return undefined

  return found(
    `${name} lists ${shown(odd)}: its values are texts without commas, which separate them in queries`,
    `write words for ${name}, or integer()`
  )
}

const formatFinding = ({ name, value }: FieldInfo): Finding | undefined => {
  const { format, type } = value as { format?: unknown; type?: unknown }
  if (format === undefined) return undefined
  if (!FORMATS.includes(format as string))
    return found(
      `${name} has the format ${String(format)}, which nothing checks`,
      instead(String(format), FORMATS)
    )

  return type === 'string'
    ? undefined
    : found(`${name} has the format ${String(format)}, and only texts have one`, `take format off ${name}`)
}

/** The validator compiles patterns at the first call that needs them, and so would fail there. */
const patternFinding = ({ name, value }: FieldInfo): Finding | undefined => {
  try {
    if (value.pattern !== undefined) new RegExp(value.pattern as string, 'u')
    return undefined
  } catch (error) {
    return found(
      `the pattern of ${name} is no regular expression: ${(error as Error).message}`,
      `mend the pattern of ${name}`
    )
  }
}

const BOUNDS = [['minimum', 'maximum'], ['minLength', 'maxLength'], ['minItems', 'maxItems']] as const // prettier-ignore

const boundsFinding = ({ name, value }: FieldInfo): Finding | undefined => {
  const crossed = BOUNDS.find(([least, most]) => value[least] > value[most])
  if (!crossed) return undefined
  const [least, most] = crossed

  return found(
    `no value fits ${name}: its ${least} is ${value[least]} and its ${most} ${value[most]}`,
    `exchange ${least} and ${most} of ${name}`
  )
}

const misdeclared = (field: FieldInfo): Finding | undefined => typeInfo(field.type).misdeclared?.(field)

const normalizeFinding = ({ name, type, normalize }: FieldInfo): Finding | undefined =>
  normalize && !typeInfo(type).isText
    ? found(`${name} is a ${type} and has no ${normalize} case`, `take ${normalize}(…) off ${name}`)
    : undefined

/** bcrypt reads the first 72 bytes: what comes after them would be no part of the password. */
const MAX_HASHED = 72

const hashFinding = ({ name, type, hash, hidden, value }: FieldInfo): Finding | undefined => {
  if (!hash) return undefined
  if (!typeInfo(type).isText)
    return found(`${name} is kept as a hash, which is no ${type}`, `take the format off ${name}`)
  if (!hidden)
    return found(
      `${name} is kept as a hash and shown to readers`,
      `write writeOnly(…) around ${name}, or password()`
    )

  return value.maxLength > MAX_HASHED
    ? found(
        `${name} has the maxLength ${value.maxLength}, and a hash is made of ${MAX_HASHED} bytes`,
        `write maxLength: ${MAX_HASHED}, or leave it out`
      )
    : undefined
}

const CHECKS = [
  choiceFinding,
  formatFinding,
  patternFinding,
  boundsFinding,
  misdeclared,
  normalizeFinding,
  hashFinding
]

/** Every field has a column of PostgreSQL, and constraints that a value can meet. */
export const fieldTypes = (resource: AnyResource, { fields }: Context): Problem[] =>
  Object.entries<TSchema>(resource.spec.fields).flatMap(([name, schema]) => {
    const wrong = columnFinding(name, schema)
    const findings = wrong
      ? [wrong]
      : CHECKS.map((check) => check(fields.get(name)!)).filter((finding) => finding !== undefined)

    return findings.map(({ what, hint }) => problem(resource, `fields.${name}`, what, hint))
  })
