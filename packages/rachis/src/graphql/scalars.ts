import { GraphQLBoolean, GraphQLError, GraphQLFloat, GraphQLInt, GraphQLScalarType, GraphQLString, Kind, valueFromASTUntyped } from 'graphql' // prettier-ignore

const textual = (name: string, description: string, specifiedByURL?: string) =>
  new GraphQLScalarType<string, string>({
    name,
    description,
    ...(specifiedByURL ? { specifiedByURL } : {}),
    serialize: (value) => String(value),
    parseValue: (value) => textOf(name, value),
    parseLiteral: (node) => textOf(name, node.kind === Kind.STRING ? node.value : undefined)
  })

const textOf = (name: string, value: unknown): string => {
  if (typeof value === 'string') return value
  throw new GraphQLError(`${name} is written as a text`)
}

const wholeOf = (value: unknown): number => {
  if (Number.isSafeInteger(value)) return value as number
  throw new GraphQLError('SafeInt is a whole number of at most 53 bits')
}

/** Whole numbers as JSON has them: ids, and what has no bounds of 32 bits. */
export const SAFE_INT = new GraphQLScalarType<number, number>({
  name: 'SafeInt',
  description: 'A whole number of at most 53 bits, as `Number.MAX_SAFE_INTEGER` of JavaScript.',
  serialize: wholeOf,
  parseValue: wholeOf,
  parseLiteral: (node) => wholeOf(node.kind === Kind.INT ? Number(node.value) : undefined)
})

export const JSON_SCALAR = new GraphQLScalarType({
  name: 'JSON',
  description: 'Any value of JSON.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables)
})

export const DATE_TIME = textual(
  'DateTime',
  'A moment, as `2026-11-29T12:00:00Z`.',
  'https://www.rfc-editor.org/rfc/rfc3339'
)
const DATE = textual('Date', 'A day, as `2026-11-29`.', 'https://www.rfc-editor.org/rfc/rfc3339')
const UUID = textual('UUID', 'A UUID in hexadecimal groups.', 'https://www.rfc-editor.org/rfc/rfc9562') // prettier-ignore

const ALL: readonly GraphQLScalarType[] = [
  GraphQLBoolean, GraphQLFloat, GraphQLInt, GraphQLString, SAFE_INT, JSON_SCALAR, DATE_TIME, DATE, UUID
] // prettier-ignore
const BY_NAME = new Map(ALL.map((scalar) => [scalar.name, scalar]))

/**
 * The scalar of this name. Values are checked by the call that they are given to, as on every transport, so that the scalars look at
 * their kind alone.
 *
 * @throws Error for a name that is none: a column type has one
 */
export const scalarNamed = (name: string): GraphQLScalarType => {
  const found = BY_NAME.get(name)
  if (!found) throw new Error(`There is no scalar ${name}`)

  return found
}
