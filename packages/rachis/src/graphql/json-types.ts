import type {
  GraphQLFieldConfigMap,
  GraphQLInputFieldConfigMap,
  GraphQLInputType,
  GraphQLOutputType
} from 'graphql'
import { GraphQLBoolean, GraphQLEnumType, GraphQLFloat, GraphQLInputObjectType, GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLString } from 'graphql' // prettier-ignore
import type { Schema } from '../openapi/openapi-document'
import { areValues, isName, nameOf, pascal } from './names'
import type { Named } from './names'
import { DATE_TIME, JSON_SCALAR, SAFE_INT, scalarNamed } from './scalars'

const INT_32 = { least: -(2 ** 31), most: 2 ** 31 - 1 }
const FORMATS: Readonly<Record<string, string>> = { 'date-time': DATE_TIME.name, date: 'Date', uuid: 'UUID' }

/** The schema of a value that is not null, and whether null stands beside it. */
interface Present {
  readonly schema: Schema
  readonly isNullable: boolean
}

const isNull = ({ type, const: value }: Schema) => type === 'null' || value === null

const presentOf = (schema: Schema): Present => {
  const { type, anyOf } = schema as { type?: unknown; anyOf?: readonly Schema[] }
  if (Array.isArray(type)) {
    const [only, ...more] = type.filter((name) => name !== 'null') as string[]
    return { schema: { ...schema, type: more.length === 0 ? only : undefined }, isNullable: type.includes('null') } // prettier-ignore
  }
  const parts = anyOf?.filter((part) => !isNull(part))

  return anyOf && parts?.length === 1
    ? { schema: parts[0]!, isNullable: parts.length < anyOf.length }
    : { schema, isNullable: anyOf?.some(isNull) ?? false }
}

/** The words that a value can be, where it is one of several. */
const wordsOf = ({ enum: words, anyOf, const: only }: Schema): readonly unknown[] | undefined => {
  if (Array.isArray(words)) return words
  if (only !== undefined) return [only]
  const parts = (anyOf as readonly Schema[] | undefined)?.filter((part) => !isNull(part))

  return parts?.every((part) => part.const !== undefined) ? parts.map((part) => part.const) : undefined
}

const isShort = ({ minimum, maximum }: Schema) =>
  typeof minimum === 'number' &&
  minimum >= INT_32.least &&
  typeof maximum === 'number' &&
  maximum <= INT_32.most

const propertiesOf = ({ type, properties }: Schema): [string, Schema][] | undefined =>
  type === 'object' && properties ? Object.entries(properties as Record<string, Schema>) : undefined

const descriptionOf = ({ description }: Schema) => (typeof description === 'string' ? { description } : {})

/** JSON schemas as types of GraphQL. What has no type there, such as a value of several kinds, is `JSON`. */
export class JsonTypes {
  private readonly enums = new Map<string, GraphQLEnumType>()

  /**
   * @param named hands out the names of types
   * @param records finds the type of a record by its schema
   */
  constructor(
    private readonly named: Named,
    private readonly records: (schema: Schema) => GraphQLObjectType | undefined
  ) {}

  /** @param name of the type, if it becomes one of its own */
  output(raw: Schema, name: string): GraphQLOutputType {
    const { schema, isNullable } = presentOf(raw)
    const type = this.outputValue(schema, name)

    return isNullable || type === JSON_SCALAR ? type : new GraphQLNonNull(type)
  }

  /** @param name of the type, if it becomes one of its own */
  input(raw: Schema, name: string): GraphQLInputType {
    const { schema, isNullable } = presentOf(raw)
    const type = this.inputValue(schema, name)

    return isNullable || type === JSON_SCALAR ? type : new GraphQLNonNull(type)
  }

  /** The fields of an input, to be arguments or fields of a type; undefined where it is none of fields with names of GraphQL. */
  inputFields(schema: Schema, name: string): GraphQLInputFieldConfigMap | undefined {
    const properties = propertiesOf(schema)
    if (!properties || !properties.every(([key]) => isName(key))) return undefined
    const required = (schema.required ?? []) as readonly string[]

    return Object.fromEntries(
      properties.map(([key, inner]) => {
        const type = this.input(inner, `${name}${pascal(key)}`)
        const isRequired = required.includes(key) && inner.default === undefined
        return [key, { type: isRequired ? type : nullableOf(type), ...descriptionOf(inner) }]
      })
    )
  }

  /** The enumeration of these words, one for all who have the same. */
  words(words: readonly string[], name: string): GraphQLEnumType {
    const key = JSON.stringify(words)
    const values = Object.fromEntries(words.map((word) => [word, {}]))
    const found = this.enums.get(key) ?? new GraphQLEnumType({ name: this.named(name), values })
    this.enums.set(key, found)

    return found
  }

  private outputValue(schema: Schema, name: string): Exclude<GraphQLOutputType, GraphQLNonNull<never>> {
    const properties = propertiesOf(schema)
    if (schema.type === 'array' && schema.items)
      return new GraphQLList(this.output(schema.items as Schema, `${name}Item`))
    if (!properties) return this.scalar(schema, name)
    const names = properties.map(([key]) => nameOf(key))
    if (properties.length === 0 || new Set(names).size < names.length) return JSON_SCALAR

    return this.records(schema) ?? this.object(schema, name, properties)
  }

  private object(schema: Schema, name: string, properties: [string, Schema][]): GraphQLObjectType {
    const required = (schema.required ?? []) as readonly string[]
    const fields = (): GraphQLFieldConfigMap<Record<string, unknown>, unknown> =>
      Object.fromEntries(
        properties.map(([key, inner]) => {
          const type = this.output(inner, `${name}${pascal(key)}`)
          const resolve = nameOf(key) === key ? {} : { resolve: (source: Record<string, unknown>) => source[key] } // prettier-ignore
          return [nameOf(key), { type: required.includes(key) ? type : nullableOf(type), ...resolve, ...descriptionOf(inner) }] // prettier-ignore
        })
      )

    return new GraphQLObjectType({ name: this.named(name), fields: fields() })
  }

  private inputValue(schema: Schema, name: string): Exclude<GraphQLInputType, GraphQLNonNull<never>> {
    if (schema.type === 'array' && schema.items)
      return new GraphQLList(this.input(schema.items as Schema, `${name}Item`))
    if (!propertiesOf(schema)) return this.scalar(schema, name)
    const fields = this.inputFields(schema, name)

    return fields && Object.keys(fields).length > 0
      ? new GraphQLInputObjectType({ name: this.named(name), fields })
      : JSON_SCALAR
  }

  private scalar(schema: Schema, name: string) {
    const words = wordsOf(schema)
    if (words && words.length > 1 && areValues(words)) return this.words(words, name)
    switch (schema.type) {
      case 'string':
        return scalarNamed(FORMATS[schema.format as string] ?? GraphQLString.name)
      case 'integer':
        return isShort(schema) ? GraphQLInt : SAFE_INT
      case 'number':
        return GraphQLFloat
      case 'boolean':
        return GraphQLBoolean
      default:
        return JSON_SCALAR
    }
  }
}

/** The type without the promise that there is a value. */
export const nullableOf = <T extends GraphQLOutputType | GraphQLInputType>(type: T): T =>
  type instanceof GraphQLNonNull ? (type.ofType as T) : type
