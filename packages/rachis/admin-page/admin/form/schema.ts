import type { Schema } from '../data/description'

export interface Present {
  readonly schema: Schema
  readonly isNullable: boolean
}

const isNull = ({ type }: Schema) => type === 'null'

/** `{ type: ['number', 'null'] }` */
const withoutNullType = (schema: Schema): Present => {
  const types = schema.type as readonly string[]
  const rest = types.filter((type) => type !== 'null')
  const words = schema.enum as readonly unknown[] | undefined

  return {
    schema: { ...schema, type: rest.length === 1 ? rest[0] : rest, ...(words ? { enum: words.filter((word) => word !== null) } : {}) },
    isNullable: rest.length < types.length
  }
} // prettier-ignore

/** A schema without null beside it, however that is written, and whether null was there. */
export const present = (schema: Schema): Present => {
  if (Array.isArray(schema.type)) return withoutNullType(schema)
  const { anyOf, ...rest } = schema as Schema & { anyOf?: readonly Schema[] }
  const values = (anyOf ?? []).filter((part) => !isNull(part))
  if (!anyOf || values.length !== 1 || values.length === anyOf.length) return { schema, isNullable: false }

  return { schema: { ...rest, ...values[0] }, isNullable: true }
}

export type Kind =
  'choice' | 'flag' | 'number' | 'moment' | 'date' | 'text' | 'long' | 'secret' | 'email' | 'words' | 'group' | 'groups' | 'json' // prettier-ignore

const FORMATS: Readonly<Record<string, Kind>> = { 'date-time': 'moment', date: 'date', password: 'secret', email: 'email' } // prettier-ignore
/** Texts that may be longer than this get several lines. */
const LINE = 300

const textKind = ({ format, maxLength }: Schema): Kind =>
  FORMATS[format as string] ?? ((maxLength as number) > LINE ? 'long' : 'text')

const hasProperties = (schema: Schema | undefined) =>
  schema?.type === 'object' && Object.keys((schema.properties ?? {}) as object).length > 0

const arrayKind = ({ items }: Schema): Kind => {
  const item = items as Schema | undefined
  if (item?.type === 'string' && !item.enum) return 'words'

  return hasProperties(item) ? 'groups' : 'json'
}

/** By what a value of this schema is given. */
export const kindOf = (schema: Schema): Kind => {
  if (schema.enum) return 'choice'
  switch (schema.type) {
    case 'boolean':
      return 'flag'
    case 'integer':
    case 'number':
      return 'number'
    case 'string':
      return textKind(schema)
    case 'array':
      return arrayKind(schema)
    default:
      return hasProperties(schema) ? 'group' : 'json'
  }
}

const two = (part: number) => String(part).padStart(2, '0')

/** The time of a wire as the input for local times has it. */
export const localTime = (value: unknown): string => {
  const time = new Date(String(value ?? ''))
  if (Number.isNaN(time.getTime())) return ''
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`

  return `${day}T${two(time.getHours())}:${two(time.getMinutes())}`
}

/** What an input gives, as the API takes it: nothing is null where that can be, and left out where it cannot. */
export const parsed = (kind: Kind, text: string, isNullable: boolean): unknown => {
  if (text === '') return isNullable ? null : undefined
  if (kind === 'number') return Number.isNaN(Number(text)) ? text : Number(text)
  if (kind === 'moment') return new Date(text).toISOString()

  return text
}
