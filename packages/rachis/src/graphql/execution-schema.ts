import type { GraphQLField, GraphQLFieldConfig, GraphQLFieldConfigMap, GraphQLFieldResolver, GraphQLOutputType, GraphQLResolveInfo } from 'graphql' // prettier-ignore
import { getNamedType, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLScalarType, GraphQLSchema, isLeafType, isListType, isNonNullType, isObjectType } from 'graphql' // prettier-ignore
import type { GraphqlContext } from './context'

type Field = GraphQLFieldConfig<unknown, GraphqlContext>
type Resolver = GraphQLFieldResolver<unknown, GraphqlContext>

/** What has been completed already: `execute` passes it on as it is. */
const COMPLETED = new GraphQLScalarType({ name: '_Completed', serialize: (value) => value })

/** The types whose values are plain data: objects whose fields have no resolvers, and are values or objects of such types. */
const plainTypes = (schema: GraphQLSchema): ReadonlySet<GraphQLOutputType> => {
  const plain = new Set(Object.values(schema.getTypeMap()).filter(isObjectType))
  const isPlain = ({ resolve, type }: GraphQLField<unknown, unknown>) => {
    const named = getNamedType(type)
    return !resolve && (isLeafType(named) || plain.has(named as GraphQLObjectType))
  }
  // Types refer to each other in circles, so that one that is not plain is found by those that have been left out before.
  for (let before = -1; before !== plain.size;) {
    before = plain.size
    for (const type of plain) if (!Object.values(type.getFields()).every(isPlain)) plain.delete(type)
  }

  return plain
}

const isPromise = (value: unknown): value is Promise<unknown> => value instanceof Promise

const ownValue: Resolver = (source, _args, _context, { fieldName }) =>
  (source as Readonly<Record<string, unknown>>)[fieldName]

/** A field that completes what its resolver answers, in one step. */
const completedField = ({ resolve = ownValue, ...field }: Field): Field => {
  const { type } = field

  return {
    ...field,
    type: isNonNullType(type) ? new GraphQLNonNull(COMPLETED) : COMPLETED,
    resolve: (source, args, context, info: GraphQLResolveInfo) => {
      const complete = (value: unknown) => context.completion(value, type, info)
      const answer = resolve(source, args, context, info)

      return isPromise(answer) ? answer.then(complete) : complete(answer)
    }
  }
}

/** Copies the types that are not plain, each once. */
class Copies {
  private readonly copies = new Map<GraphQLObjectType, GraphQLObjectType>()
  private readonly plain: ReadonlySet<GraphQLOutputType>

  constructor(schema: GraphQLSchema) {
    this.plain = plainTypes(schema)
  }

  object(type: GraphQLObjectType): GraphQLObjectType {
    const made = this.copies.get(type) ?? new GraphQLObjectType({ name: type.name, fields: () => this.fields(type) }) // prettier-ignore
    this.copies.set(type, made)

    return made
  }

  private fields(type: GraphQLObjectType): GraphQLFieldConfigMap<unknown, GraphqlContext> {
    const fields = Object.entries(type.toConfig().fields)

    return Object.fromEntries(fields.map(([name, field]) => [name, this.field(field as Field)]))
  }

  private field(field: Field): Field {
    return this.plain.has(getNamedType(field.type)) ? completedField(field) : { ...field, type: this.type(field.type) } // prettier-ignore
  }

  private type(type: GraphQLOutputType): GraphQLOutputType {
    if (isNonNullType(type)) return new GraphQLNonNull(this.type(type.ofType) as never)
    if (isListType(type)) return new GraphQLList(this.type(type.ofType))

    return isObjectType(type) ? this.object(type) : type
  }
}

/**
 * The schema by which queries and mutations are executed that were validated against another one. Fields whose values are plain data, such as
 * records with their relations, are values there, which `GraphqlContext.completion` completes in one step, where `execute` of graphql-js calls
 * several functions for each field of each record. What introspection tells is not in it.
 *
 * @example executionSchema(schema).getType('Task') // undefined: TaskConnection.nodes is a value
 */
export const executionSchema = (schema: GraphQLSchema): GraphQLSchema => {
  const copies = new Copies(schema)
  const [query, mutation] = [schema.getQueryType(), schema.getMutationType()]

  return new GraphQLSchema({
    query: query && copies.object(query),
    mutation: mutation && copies.object(mutation),
    assumeValid: true
  })
}
