import type { FieldInfo } from '../declare'
import { operatorsFor } from '../declare'
import { typeInfo } from '../declare/column-types'
import type { OperandKind } from '../declare/operators'
import { findOperator, isFreeText } from '../declare/operators'
import type { Model } from '../model/model'
import { fieldRule } from '../rules/policy'
import { asksOfRecord } from '../declare/predicate'
import { ruleText } from './openapi-access'
import type { Parameter, Schema } from './openapi-document'
import { schemaRef } from './openapi-document'
import { exampleOf } from './openapi-example'
import type { Enums } from './openapi-schema'
import { followable } from './offered'

/** A filter may ask for values that the field could not have, so its limits do not count. */
const valueSchema = ({ name, type, enum: values }: FieldInfo, enums: Enums): Schema => {
  const words = enums.get(name)
  if (words !== undefined) return schemaRef(words)

  return { ...typeInfo(type).operand, ...(values ? { enum: values } : {}) }
}

const visibleFields = ({ fields }: Model): FieldInfo[] => [...fields.values()].filter(({ hidden }) => !hidden)

const isPlain = ({ type }: FieldInfo) => typeInfo(type).shape === 'scalar'
/** A comma in a free text is a comma; of yes and no there is nothing to list. */
const isListed = (field: FieldInfo) => !isFreeText(field) && !typeInfo(field.type).isBinary
const readers = (model: Model, { name, read }: FieldInfo): string => {
  const rule = fieldRule(model, name, 'read')
  if (read === true) return ''

  return asksOfRecord(rule)
    ? ' Finds only records of which the caller may read it.'
    : ` For ${ruleText(rule)} only.`
}

const equality = (model: Model, field: FieldInfo, enums: Enums): Parameter => {
  const schema = valueSchema(field, enums)
  const base = { name: field.name, in: 'query' } as const

  return isListed(field)
    ? { ...base, description: `Equal to one of these.${readers(model, field)}`, style: 'form', explode: false, schema: { type: 'array', items: schema } }
    : { ...base, description: `Equal to this.${readers(model, field)}`, schema } // prettier-ignore
}

const BOUNDS = [['min', 'At least'], ['max', 'At most']] as const // prettier-ignore
const hasBounds = (field: FieldInfo) => operatorsFor(field).includes('$gte')

/** Bounds of what is measured have parameters of their own; those of texts and ids, which few ask for, stand with the operators. */
const bounds = (model: Model, field: FieldInfo, enums: Enums): Parameter[] =>
  typeInfo(field.type).isMeasure
    ? BOUNDS.map(([bound, words]) => ({
        name: `${bound}_${field.name}`,
        in: 'query',
        description: `${words} this.${readers(model, field)}`,
        schema: valueSchema(field, enums)
      }))
    : []

/** `?price=…`, `?min_price=…` */
export const fieldParameters = (model: Model, enums: Enums): Parameter[] =>
  visibleFields(model)
    .filter(isPlain)
    .flatMap((field) => [equality(model, field, enums), ...bounds(model, field, enums)])

const OPERANDS: Readonly<Record<OperandKind, Schema | undefined>> = {
  value: undefined,
  list: { type: 'string' },
  texts: { type: 'string' },
  pattern: { type: 'string' },
  flag: { type: 'boolean' }
}

const operandSchema = (operator: string, field: FieldInfo, enums: Enums): Schema => {
  const { operand, describe } = findOperator(operator)!
  const schema = OPERANDS[operand]

  return schema ? { ...schema, description: describe } : valueSchema(field, enums)
}

const operatorProperties = (field: FieldInfo, enums: Enums): [string, Schema][] => [
  ...operatorsFor(field).map((operator): [string, Schema] => [
    `${field.name}.${operator}`,
    operandSchema(operator, field, enums)
  ]),
  ...(hasBounds(field) && !typeInfo(field.type).isMeasure
    ? BOUNDS.map(([bound]): [string, Schema] => [`${bound}_${field.name}`, valueSchema(field, enums)])
    : [])
]

const SCALAR: Schema = { type: ['string', 'number', 'boolean'] }

/** What stands for more names than can be listed: paths into objects, and fields of related records. */
const patterns = (model: Model): [string, Schema][] => {
  const objects = visibleFields(model).filter(({ type }) => typeInfo(type).shape === 'object')
  const names = [...objects, ...followable(model)].map(({ name }) => name)

  return names.length > 0 ? [[`^(${names.join('|')})\\.[^$].*$`, SCALAR]] : []
}

/** Every operator of every field, each as a property with a single value: generators send no objects in objects. */
export const filtersSchema = (model: Model, enums: Enums): Schema => {
  const properties = visibleFields(model).flatMap((field) => operatorProperties(field, enums))
  const named = patterns(model)
  const [[name, operand] = []] = properties

  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(named.length > 0 ? { patternProperties: Object.fromEntries(named) } : {}),
    additionalProperties: false,
    // Swagger UI fills an object without a default with a value for every property, and sends them all.
    default: {},
    examples: [name && operand ? { [name]: exampleOf(operand) } : {}]
  }
}

const grouped = (model: Model): string => {
  const groups = new Map<string, string[]>()
  for (const field of visibleFields(model)) {
    const operators = operatorsFor(field).map((operator) => `\`${operator}\``).join(' ') // prettier-ignore
    if (operators) groups.set(operators, [...(groups.get(operators) ?? []), `\`${field.name}\``])
  }

  return [...groups].map(([operators, names]) => `- ${names.join(', ')}: ${operators}`).join('\n')
}

const pathHints = (model: Model): string[] => {
  const object = visibleFields(model).find(({ type }) => typeInfo(type).shape === 'object')
  const [relation] = followable(model)

  return [
    ...(object ? [`Into an object by a path: \`${object.name}.color=red\`.`] : []),
    ...(relation ? [`Through a relation: \`${relation.name}.id[$ne]=7\`.`] : [])
  ]
}

/**
 * All operators in one parameter, since two parameters cannot share a name, and a parameter for each operator of each field
 * would be hundreds. In the style `deepObject`, which generated clients use for objects whatever the document says, and with one
 * value a property: `{"price.$gte": 10}` is sent as `?filter[price.$gte]=10`.
 */
export const operatorParameter = (model: Model, name: string): Parameter => ({
  name: 'filter',
  in: 'query',
  style: 'deepObject',
  explode: true,
  schema: schemaRef(name),
  description: [
    'Further filters: `{"id.$gt": 7}` is sent as `?filter[id.$gt]=7`, which is the same as `?id[$gt]=7`.',
    `Operators, by field:\n${grouped(model)}`,
    [
      'A list is separated by commas, or written `id[$in][]=1&id[$in][]=2`.',
      'Combine by `$or[0][id]=1&$or[1][id][$gt]=7` and `$and`, at most 5 deep, in parameters of their own.',
      ...pathHints(model)
    ].join(' ')
  ].join('\n\n')
})
