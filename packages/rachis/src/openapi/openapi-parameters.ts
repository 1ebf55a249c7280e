import type { Model } from '../model/model'
import type { Parameter, Schema } from './openapi-document'
import { schemaRef } from './openapi-document'
import { fieldParameters, operatorParameter } from './openapi-filters'
import type { Enums } from './openapi-schema'
import type { Sortable } from './offered'
import { followable, sortable } from './offered'
import { clean } from './openapi-schema'
import type { Form } from '../model/operations'
import type { PageForm, PageLimits, PageParameter } from '../model/pages'
import { BY_OFFSET, COUNT, pageFormAt, parametersOf } from '../model/pages'
import { MAX_RELATED } from '../query/query-include'
import { inputOf } from '../model/input'

const query = (name: string, description: string, schema: Schema, more: Partial<Parameter> = {}): Parameter => ({ name, in: 'query', description, ...more, schema }) // prettier-ignore
const COMMAS = { style: 'form', explode: false } as const
const DEEP = { style: 'deepObject', explode: true } as const

const listOf = (name: string, maxItems: number): Schema => ({
  type: 'array',
  items: schemaRef(name),
  maxItems
})

const selection = ({ field }: QueryNames, required: boolean): Parameter[] => [
  query('fields', 'Answer only these fields, and the id.', listOf(field, 100), {
    ...COMMAS,
    ...(required ? { required } : {})
  })
]

const chosen = (names: QueryNames, form: Form | undefined): Parameter[] =>
  form === 'select' || form === 'export' ? selection(names, form === 'select') : []

const inclusion = (model: Model, { include }: QueryNames): Parameter[] => {
  const paths = listOf(include, 20)

  return followable(model).length === 0
    ? []
    : [
        query('include', `Answer these related records along with each record: at most ${MAX_RELATED} of a relation.`, paths, COMMAS), // prettier-ignore
        query('$include', "As `include`, in Feathers' spelling.", paths, { style: 'form', explode: true })
      ]
}

/** The document lists fields one relation away, or none of related records where those were too many. The server takes more than it lists. */
const sortSentence = ({ names, isCut }: Sortable): string => {
  const sentence = 'In this order; `-` before a name turns it round.'
  if (isCut) return `${sentence} The server also takes fields of records that are referred to, such as \`parent.name\`, which are too many to be listed here.` // prettier-ignore
  const example = names.find((name) => name.includes('.'))

  return example
    ? `${sentence} \`${example}\` is a field of a record that is referred to; the server also takes those up to three relations away, which are not listed here.`
    : sentence
}

const sorting = (model: Model, { sort }: QueryNames): Parameter[] => {
  const sorted = sortable(model)
  const directions = sorted.names.map((name) => [name, { type: 'integer', enum: [1, -1] }])
  // Without a default Swagger UI would fill in, and send, a direction for every field. Not `maxProperties`: Prism counts every
  // property that the schema has, sent or not.
  const schema = { type: 'object', properties: Object.fromEntries(directions), additionalProperties: false, default: {} } // prettier-ignore

  return [
    query('sort', sortSentence(sorted), listOf(sort, 10), COMMAS),
    query('$sort', "As `sort`, in Feathers' spelling: `$sort[name]=1`, or -1 to turn it round. At most ten.", schema, DEEP) // prettier-ignore
  ]
}

const inBothSpellings = (
  { name, feathersName, schema: own, schemaName, ...parameter }: PageParameter,
  page: PageLimits
) => {
  const schema = schemaName ? schemaRef(schemaName) : own

  return [
    query(name, parameter.description(page), schema),
    ...(feathersName ? [query(feathersName, `As \`${name}\`, in Feathers' spelling.`, schema)] : [])
  ]
}

const paging = ({ page }: Model, form: PageForm): Parameter[] =>
  parametersOf(form).flatMap((parameter) => inBothSpellings(parameter, page))

/** Which records of an export, where not all of them are meant. */
const part: Parameter[] = [
  query('limit', 'Answer at most so many; all unless said.', { type: 'integer', minimum: 0 }),
  query('skip', 'Leave out so many at the beginning.', { type: 'integer', minimum: 0 }),
  query('count', 'Say in `X-Total-Count` how many there are.', schemaRef(COUNT.schemaName!))
]

/** Fields that not every reader reads are searched for those who do. */
const searchWords = ({ search, searchParts }: Model): string => {
  const guarded = searchParts.filter(({ part }) => part !== undefined).flatMap(({ columns }) => columns)
  const sentence = `Full-text search in ${search.join(', ')}, best first.`

  return guarded.length === 0
    ? sentence
    : `${sentence} Of ${guarded.join(', ')} where the caller may read it; all words have to be found in fields with the same readers.`
}

/** The full-text search, where there is one. */
export const searchParameters = (model: Model): Parameter[] => {
  const schema = { type: 'string', maxLength: 1000 }

  return model.search.length > 0
    ? [
        query('search', searchWords(model), schema),
        query('$search', "As `search`, in Feathers' spelling.", schema)
      ]
    : []
}

/** By names, friendly spelling first. */
const ordered = (parameters: readonly Parameter[]): Parameter[] => [
  ...parameters.filter(({ name }) => !name.startsWith('$')),
  ...parameters.filter(({ name }) => name.startsWith('$'))
]

/** The document's schemas that parameters refer to. */
export interface QueryNames {
  readonly field: string
  readonly filters: string
  readonly sort: string
  readonly include: string
  readonly enums: Enums
}

/** Filters alone, of which a write of many records takes at least one. */
export const filterParameters = (model: Model, names: QueryNames): Parameter[] =>
  ordered([...fieldParameters(model, names.enums), operatorParameter(model, names.filters)])

/** Every parameter of a list, by the grammar of query.ts; paging and chosen fields as the form of its address has them. */
export const listParameters = (model: Model, names: QueryNames, form?: Form): Parameter[] =>
  ordered([
    ...searchParameters(model),
    ...sorting(model, names),
    ...(form === 'export' ? part : paging(model, pageFormAt(form) ?? BY_OFFSET)),
    ...chosen(names, form),
    ...inclusion(model, names),
    ...fieldParameters(model, names.enums),
    operatorParameter(model, names.filters)
  ])

/** What may be asked of the answer for one record. */
export const recordParameters = (model: Model, names: QueryNames, form?: Form): Parameter[] =>
  ordered([...chosen(names, form), ...inclusion(model, names)])

const styleOf = ({ type }: Schema) => (type === 'object' ? DEEP : {})

/** An input that comes in the query string, and what of it the path names. */
export const inputParameters = (schema: Schema, path: string): Parameter[] => {
  const { properties, required } = inputOf(clean(schema))

  return Object.entries(properties).map(([name, { description, ...inner }]) => {
    const isInPath = path.includes(`{${name}}`)
    return {
      name,
      in: isInPath ? ('path' as const) : ('query' as const),
      ...(typeof description === 'string' ? { description } : {}),
      // What has a default is filled in before it is missed.
      ...(isInPath || (required.includes(name) && inner.default === undefined) ? { required: true } : {}),
      ...(isInPath ? {} : styleOf(inner)),
      schema: inner
    }
  })
}
