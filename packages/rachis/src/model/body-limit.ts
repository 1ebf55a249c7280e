import type { TSchema } from '@feathersjs/typebox'
import type { Facts } from './operation'

type Schema = Partial<TSchema> & {
  readonly type?: string | readonly string[]
  readonly properties?: Record<string, Schema>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly format?: string
  readonly maxLength?: number
  readonly maxItems?: number
}

/** The least limit: room for spaces, line breaks, and a few fields that are not known and have to be named in the answer. */
const LEAST = 4096
/** `\u00e9`: what one character takes in JSON that is written in ASCII. */
const BYTES_PER_CHARACTER = 6
const SCALAR_BYTES = 64
const FORMATS = new Set(['date', 'date-time', 'uuid', 'ipv4', 'ipv6'])

const stringBytes = ({ maxLength, format = '' }: Schema): number => {
  if (maxLength !== undefined) return 2 + maxLength * BYTES_PER_CHARACTER

  return FORMATS.has(format) ? SCALAR_BYTES : Infinity
}

const objectBytes = ({ properties, additionalProperties }: Schema): number => {
  if (!properties || additionalProperties !== false) return Infinity
  const sizes = Object.entries(properties).map(([name, inner]) => name.length + 4 + bytesOf(inner))

  return sizes.reduce((sum, size) => sum + size, 2)
}

const BY_TYPE: Record<string, (schema: Schema) => number> = {
  string: stringBytes,
  object: objectBytes,
  array: ({ items, maxItems = Infinity }) => (items ? 2 + maxItems * (1 + bytesOf(items)) : Infinity),
  number: () => SCALAR_BYTES,
  integer: () => SCALAR_BYTES,
  boolean: () => SCALAR_BYTES,
  null: () => SCALAR_BYTES
}

/** JSON has no text for some values, such as functions: nothing that is sent is equal to one. */
const jsonBytes = (value: unknown): number => (JSON.stringify(value) as string | undefined)?.length ?? 0

/** The most bytes that a value of a schema takes as JSON; Infinity where the schema does not say. */
const bytesOf = (schema: Schema): number => {
  if (schema.anyOf) return Math.max(...schema.anyOf.map(bytesOf))
  if (schema.const !== undefined) return jsonBytes(schema.const)
  if (schema.enum) return Math.max(...schema.enum.map(jsonBytes))
  const types = [schema.type ?? ''].flat()

  return Math.max(...types.map((type) => BY_TYPE[type]?.(schema) ?? Infinity))
}

/** What of an operation decides. */
interface RequestedBody {
  readonly input: TSchema
  readonly effect: Facts['effect']
  readonly data: Facts['data']
}

/**
 * The bytes that an operation's body may have where its declaration does not say: twice what its input takes at most, since JSON may
 * be written with spaces, and 4,096 at least. Undefined where the input has no bound of its own; then the setting `body_limit` holds.
 *
 * @example
 * const input = Type.Object({ code: Type.String({ maxLength: 64 }) }, { additionalProperties: false })
 * derivedBodyLimit({ input, data: 'input', effect: 'write' }) // 4096
 */
export const derivedBodyLimit = ({ input, effect, data }: RequestedBody): number | undefined => {
  const bytes = data === 'input' && effect === 'write' ? 2 * bytesOf(input) : Infinity

  return Number.isFinite(bytes) ? Math.max(LEAST, bytes) : undefined
}
