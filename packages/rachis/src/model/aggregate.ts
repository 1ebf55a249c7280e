import { Type } from '@feathersjs/typebox'
import type { TSchema } from '@feathersjs/typebox'
import type { FieldInfo } from '../declare'
import { strictObject } from '../declare'
import { orNull } from '../declare/or-null'
import { hasBounds, isNumber, isScalar, typeInfo } from '../declare/column-types'
import type { Draft } from './operation'
import { JSON_TYPE } from './operation'
import type { PageLimits } from './pages'
import { BY_OFFSET } from './pages'
import type { Records } from './standard-operations'
import { titled } from './summaries'

/** Fields that one query groups by, values that it asks of each group, and groups of a page. */
export const GROUPS = { keys: 5, values: 20, page: { default: 100, max: 1000 } as PageLimits }

/** Requests that an aggregate counts for: it reads every record that its filters find. */
const COST = 5

type Fields = readonly FieldInfo[]

const optional = (properties: Record<string, TSchema>) => strictObject(properties, [])

const named = (fields: Fields, schemaOf: (field: FieldInfo) => TSchema): Record<string, TSchema> =>
  Object.fromEntries(fields.map((field) => [field.name, schemaOf(field)]))

/** The value of a field as a key of a group. Of a text any length is grouped by, so its bounds are left out. */
const keySchema = ({ schema }: FieldInfo): TSchema => schema
const bucketNames = ({ name, type }: FieldInfo): string[] =>
  (typeInfo(type).buckets?.units ?? []).map((unit) => `${name}.${unit}`)
const bucketSchemas = (field: FieldInfo): [string, TSchema][] =>
  bucketNames(field).map((name) => [name, keySchema(field)])

const AMOUNT = Type.Unsafe<number | null>({ type: ['number', 'null'] })
const COUNT = Type.Unsafe<number>({ type: 'integer', minimum: 0 })

const extremes = (fields: Fields) => optional(named(fields.filter(hasBounds), ({ value }) => orNull(value))) // prettier-ignore
const amounts = (fields: Fields) => optional(named(fields.filter(isNumber), () => AMOUNT))

/** A group: by what it was made, and what was asked of it. */
const groupSchema = (fields: Fields): TSchema =>
  strictObject(
    {
      group: optional({
        ...named(fields.filter(isScalar), keySchema),
        ...Object.fromEntries(fields.flatMap(bucketSchemas))
      }),
      count: optional({ '*': COUNT, ...named(fields, () => COUNT) }),
      sum: amounts(fields),
      avg: amounts(fields),
      min: extremes(fields),
      max: extremes(fields)
    },
    ['group']
  )

const names = (description: string, maxItems: number, known: readonly string[]) =>
  Type.Optional(
    Type.Array(Type.String({ maxLength: 200 }), {
      maxItems,
      description: `${description} One or more of: ${known.join(', ')}.`
    })
  )

const VALUES = 'Values of groups are called `count`, `sum.price` and so on.'

/** What is asked of groups, beside the filters by which records are chosen. */
const inputSchema = (fields: Fields) => {
  const [numbers, ordered] = [fields.filter(isNumber), fields.filter(hasBounds)]
  const of = (some: Fields) => some.map(({ name }) => name)

  return Type.Object({
    group: names('Groups records by these fields, or by the part of the calendar that a time lies in; one group of all records unless said.', GROUPS.keys, [...of(fields.filter(isScalar)), ...fields.flatMap(bucketNames)]),
    count: names('Counts records (`*`), or those that have a value in these fields; `*` where nothing else is asked.', GROUPS.values, ['*', ...of(fields)]),
    ...(numbers.length > 0 ? { sum: names('Adds these fields up.', GROUPS.values, of(numbers)), avg: names('The average of these fields.', GROUPS.values, of(numbers)) } : {}),
    ...(ordered.length > 0 ? { min: names('The least value of these fields.', GROUPS.values, of(ordered)), max: names('The greatest value of these fields.', GROUPS.values, of(ordered)) } : {}),
    having: Type.Optional(Type.Unsafe<object>({ type: 'object', default: {}, examples: [{ 'count.$gte': 2 }], description: `Answers groups only whose values meet this: \`having[count.$gte]=2\`, with the operators of filters. ${VALUES}` })),
    tz: Type.Optional(Type.String({ maxLength: 64, default: 'UTC', description: 'The time zone of the calendar, by its name in the tz database, such as Europe/Berlin.' })),
    sort: Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { maxItems: 10, description: `In the order of these: fields that are grouped by, and values of groups; \`-\` turns it round. ${VALUES}` })),
    limit: Type.Optional(Type.Integer({ minimum: 0, description: `Answer at most so many groups; ${GROUPS.page.default} unless said, never more than ${GROUPS.page.max}.` })),
    skip: Type.Optional(Type.Integer({ minimum: 0, description: 'Leave out so many groups at the beginning.' }))
  }) // prettier-ignore
}

/** Counts and sums of the records that the caller may read, of all of them or by groups. */
export const aggregate = ({ resource, path, rules }: Records, all: Iterable<FieldInfo>): Draft => {
  const fields = [...all].filter(({ hidden }) => !hidden)

  return {
    resource,
    name: 'aggregate',
    effect: 'read',
    target: 'collection',
    data: 'input',
    answers: 'output',
    consumes: [],
    produces: JSON_TYPE,
    http: { method: 'GET', path: `/${path}/aggregate`, status: 200 },
    rule: rules.read,
    summary: `Count and sum ${titled(resource)}, by groups`,
    input: inputSchema(fields),
    output: BY_OFFSET.schema(groupSchema(fields)),
    groups: true,
    cost: COST,
    transaction: false
  }
}
