import type { GraphQLField, GraphQLNamedType, GraphQLOutputType, GraphQLSchema } from 'graphql'
import { getNamedType, getNullableType, isLeafType, isListType, isObjectType } from 'graphql'
import { nameOf } from '../../packages/rachis/src/graphql/names'
import type { Model } from '../../packages/rachis/src/model/model'
import { ask } from '../graphql/ask'
import type { Json, Person, World } from '../helpers/world'
import type { Call } from '../../packages/rachis/src/testing/conformance/calls'

type Field = GraphQLField<unknown, unknown>
const CONNECTION = /Connection$/
const MAX_DEPTH = 4

const fieldOf = (schema: GraphQLSchema, { operation, data }: Call, { name }: Model): Field | undefined => {
  const root = operation.effect === 'read' ? schema.getQueryType() : schema.getMutationType()
  const isBulk = operation.name === 'create' && Array.isArray(data)

  return root?.getFields()[`${name}_${operation.name}${isBulk ? '_bulk' : ''}`]
}

/** All that a type has, without the relations of records. */
const selectionOf = (type: GraphQLNamedType, models: ReadonlySet<string>, depth = 0): string => {
  if (!isObjectType(type) || depth > MAX_DEPTH) return ''
  if (CONNECTION.test(type.name)) return `{ nodes ${selectionOf(getNamedType(type.getFields().nodes!.type), models, depth)} }`
  const isRecord = models.has(type.name)
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const inner = getNamedType(field.type)
    if (isLeafType(inner)) return [field.name]
    return isRecord ? [] : [`${field.name} ${selectionOf(inner, models, depth + 1)}`]
  })

  return `{ ${fields.join(' ')} }`
} // prettier-ignore

const operatorsOf = (value: unknown): Json | undefined => {
  if (value === null || typeof value !== 'object') return { eq: value }
  if (Array.isArray(value)) return { in: value }
  return Object.fromEntries(Object.entries(value).map(([name, operand]) => [name.slice(1), name === '$null' ? operand === 'true' : operand])) // prettier-ignore
}

/** A query in arguments of a list; undefined for one that GraphQL says in another way, or not at all. */
const listArguments = ({ model, query = {} }: Call): Json | undefined => {
  const [entry, ...more] = Object.entries(query)
  if (!entry) return {}
  const [name, value] = entry
  if (more.length > 0 || typeof value === 'object' && !Array.isArray(value) && name.startsWith('$')) return undefined
  if (name === 'limit' || name === '$limit') return typeof value === 'number' && value >= 0 ? { first: value } : undefined
  if (name === 'sort') return { sort: String(value).split(',').map((part) => ({ field: part.replace('-', '').replace('.', '__'), direction: part.startsWith('-') ? 'DESC' : 'ASC' })) }
  const field = model.fields.get(name)

  return field && field.type !== 'jsonb' ? { filter: { [name]: operatorsOf(value) } } : undefined
} // prettier-ignore

/** GraphQL makes a list of one value that stands where a list is expected, which REST refuses. */
const isMadeAList = ({ model, data }: Call): boolean =>
  [data].flat().some((row) => Object.entries((row ?? {}) as Json).some(([name, value]) => model.fields.get(name)?.type === 'text[]' && value !== null && !Array.isArray(value))) // prettier-ignore

const argumentsOf = (call: Call): Json | undefined => {
  const { operation, id, data, query } = call
  if (operation.name === 'find') return listArguments(call)
  if (query && Object.keys(query).length > 0) return undefined
  // Pages of a search without an order have no cursors, and GraphQL has no other pages.
  if (operation.name === 'search') return undefined
  const record = operation.target === 'record' ? { id } : {}
  if (operation.data === 'none') return record
  if (operation.data === 'fields' && isMadeAList(call)) return undefined
  if (operation.data === 'fields') return { ...record, data }

  return { ...record, ...(Object.keys((data ?? {}) as object).length > 0 ? { input: data } : {}) }
}

/** What REST answers, as far as the type tells it: a field that is left out is null, and an id of any resource is a text. */
export const projected = (value: any, given: GraphQLOutputType, models: ReadonlySet<string>): unknown => {
  const type = getNullableType(given) as GraphQLOutputType
  if (value === null || value === undefined) return null
  if (isListType(type)) return (value as unknown[]).map((item) => projected(item, type.ofType, models))
  if (isLeafType(type) && type.name === 'String') return String(value)
  if (!isObjectType(type)) return value
  if (CONNECTION.test(type.name)) return { nodes: (value.data as unknown[]).map((row) => projected(row, getNamedType(type.getFields().nodes!.type) as GraphQLOutputType, models)) } // prettier-ignore
  const byName = new Map(Object.entries(value as Json).map(([key, inner]) => [nameOf(key), inner as unknown]))
  const fields = Object.values(type.getFields()).filter(({ type: inner }) => !models.has(type.name) || isLeafType(getNamedType(inner))) // prettier-ignore

  return Object.fromEntries(fields.map((field) => [field.name, projected(byName.get(field.name), field.type, models)])) // prettier-ignore
}

export interface GraphqlOutcome {
  readonly field: Field
  readonly data: unknown
  readonly error?: Json
}

/** The same call as a document; undefined for one that has no form there. */
export const byGraphql = async (
  world: Pick<World, 'url'>,
  person: Person,
  call: Call,
  schema: GraphQLSchema,
  models: ReadonlySet<string>
): Promise<GraphqlOutcome | undefined> => {
  const field = fieldOf(schema, call, call.model)
  const variables = argumentsOf(call)
  if (!field || !variables) return undefined
  const known = Object.keys(variables).map(
    (name) => [name, field.args.find((arg) => arg.name === name)?.type] as const
  )
  if (known.some(([, type]) => type === undefined)) return undefined
  const declared = known.map(([name, type]) => `$${name}: ${type!.toString()}`).join(', ')
  const given = known.map(([name]) => `${name}: $${name}`).join(', ')
  const head = known.length > 0 ? [`(${declared})`, `(${given})`] : ['', '']
  const text = `${call.operation.effect === 'read' ? 'query' : 'mutation'} ${head[0]} { answer: ${field.name}${head[1]} ${selectionOf(getNamedType(field.type), models)} }` // prettier-ignore
  const { data, errors } = await ask(world, person, text, { variables })

  return { field, data: data?.answer, ...(errors ? { error: errors[0]!.extensions } : {}) }
}
