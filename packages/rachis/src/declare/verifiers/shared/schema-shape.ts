import { asJson, instead, shown } from './problem'
import type { Misshape, Shape } from './shapes'
import { anything, flag, keys, kind, list, map, number, text, word } from './shapes'
import { isObject } from '../../../util/is-object'

const size = kind('a whole number', (value) => Number.isSafeInteger(value) && (value as number) >= 0, 'a whole number such as 1') // prettier-ignore
const scalar = kind('a text', (value) => ['string', 'number', 'boolean'].includes(typeof value), "a text, such as 'open'") // prettier-ignore
/** Schemas are published as JSON, and what clients send is compared with it: a BigInt, for example, would break the first document. */
const json = kind(
  'a value of JSON',
  (value) => asJson(value) !== undefined,
  "a value of JSON, such as 'open' or 5"
)
const within: Shape = (path, value) => schemaShape(path, value)
const orFlag: Shape = (path, value) => (typeof value === 'boolean' ? [] : within(path, value))
const orList: Shape = (path, value) =>
  Array.isArray(value) ? list(within)(path, value) : within(path, value)
const some: Shape = (path, value) =>
  Array.isArray(value) && value.length === 0
    ? [{ path, what: `${path} lists nothing`, hint: 'list a schema, or leave it out' }]
    : list(within)(path, value)

/** Its verifier says by which name it goes today. */
const FORMER = { readable: anything }

/** What a reference can say. `docs/resource.md` explains each key; a test compares them. */
export const REFERENCES = keys(
  { resource: text, on_delete: text, allow_unreadable: anything, where: map(anything), ...FORMER },
  ['resource', 'on_delete']
)

/** What JSON Schema knows, and what the helpers write beside it. */
const KEYWORDS: Readonly<Record<string, Shape>> = {
  type: anything, format: text, pattern: text, const: json, enum: list(scalar), default: json,
  minLength: size, maxLength: size, minItems: size, maxItems: size, minProperties: size, maxProperties: size, minContains: size,
  maxContains: size, minimum: number, maximum: number, exclusiveMinimum: number, exclusiveMaximum: number, multipleOf: number,
  uniqueItems: flag, items: orList, contains: within, properties: map(within), patternProperties: map(within), propertyNames: within,
  required: list(text), additionalProperties: orFlag, unevaluatedProperties: orFlag, additionalItems: orFlag,
  anyOf: some, allOf: some, oneOf: some, not: within, if: within, then: within, else: within,
  title: text, description: text, examples: list(json), example: json, deprecated: flag, $id: text, $ref: text, $schema: text, $comment: text,
  $defs: map(within), contentEncoding: text, contentMediaType: text, instanceOf: anything,
  unique: flag, immutable: flag, readOnly: flag, writeOnly: flag, owner: flag, state: flag, computed: text, column: text, was: text,
  normalize: word('lower', 'upper'), hash: word('password'),
  references: REFERENCES
} // prettier-ignore

const keywordFindings = (path: string, key: string, value: unknown): Misshape[] => {
  if (key.startsWith('x-')) return []
  if (Object.hasOwn(KEYWORDS, key)) return KEYWORDS[key]!(`${path}.${key}`, value)

  return [
    {
      path: `${path}.${key}`,
      what: `${path} has ${key}, which schemas do not know`,
      hint: instead(key, Object.keys(KEYWORDS))
    }
  ]
}

/**
 * A schema of TypeBox, of a field, an input or an output. A keyword that is misspelt would check nothing.
 *
 * @example schemaShape('fields.title', { type: 'string', maxLenght: 5 })
 * // [{ path: 'fields.title.maxLenght', what: '…', mend: 'did you mean maxLength?' }]
 */
export const schemaShape: Shape = (path, value) => {
  if (!isObject(value))
    return [{ path, what: `${path} is ${shown(value)}, not a schema`, hint: 'write a schema, such as Type.Object({ … })' }] // prettier-ignore

  return Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .flatMap(([key, item]) => keywordFindings(path, key, item))
}
