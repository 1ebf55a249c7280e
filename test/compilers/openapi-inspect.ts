import assert from 'node:assert/strict'
import SwaggerParser from '@apidevtools/swagger-parser'
import type { OpenApiDocument } from '../../packages/rachis/src/openapi/openapi'
import { at, pointer, validatorOf } from '../helpers/documented'

export type Json = Record<string, any>
const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options']

/** Path, method and operation of each. */
export const operationsIn = ({ paths }: OpenApiDocument): [string, string, Json][] =>
  Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method): [string, string, Json] => [
      path,
      method,
      (item as Json)[method]
    ])
  )

export const operationOf = (document: OpenApiDocument, id: string): Json => {
  const found = operationsIn(document).find(([, , { operationId }]) => operationId === id)
  assert.ok(found, `no operation ${id}`)

  return found[2]
}

/** Both read the document as a file would hold it. */
export const assertValid = async (candidate: OpenApiDocument) => {
  const plain = JSON.parse(JSON.stringify(candidate)) as Json
  await SwaggerParser.validate(structuredClone(plain) as never)
  const { Validator } = await import('@seriousme/openapi-schema-validator')
  const { valid, errors } = await new Validator().validate(plain)
  assert.ok(valid, JSON.stringify(errors)?.slice(0, 2000))
}

/** Every place of the document, with the steps that lead there. */
export function* places(value: unknown, steps: string[] = []): Generator<[string[], any]> {
  yield [steps, value]
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) yield* places(inner, [...steps, key])
}

/** Each example in the document, with the place of the schema that it is an example of. */
function* examplesIn(candidate: OpenApiDocument): Generator<[string[], unknown]> {
  for (const [steps, value] of places(candidate)) {
    const [last, before] = [steps.at(-1)!, steps.at(-2)]
    const isSchema = last === 'schema' || before === 'schemas'
    if (isSchema && Array.isArray(value.examples))
      for (const example of value.examples) yield [steps, example]
    if (before !== 'content') continue
    if ('example' in value) yield [[...steps, 'schema'], value.example]
    for (const { value: example } of Object.values<Json>(value.examples ?? {})) yield [[...steps, 'schema'], example] // prettier-ignore
  }
}

export const assertExamplesValid = (candidate: OpenApiDocument): number => {
  const validatorAt = validatorOf(candidate)
  const examples = [...examplesIn(candidate)]
  for (const [steps, example] of examples) {
    const validate = validatorAt(pointer(...steps))
    assert.ok(validate(example), `${steps.join(' ')}: ${JSON.stringify(example)} ${JSON.stringify(validate.errors)}`) // prettier-ignore
  }

  return examples.length
}

const OURS = ['column', 'unique', 'immutable', 'computed', 'normalize', 'hash', 'references', 'owner', 'state'] // prettier-ignore
const DATA = ['examples', 'example', 'default', 'enum', 'const', 'required', 'x-rule', 'x-read-rule', 'x-write-rule'] // prettier-ignore

/** Keywords of ours in a schema; names of properties are no keywords. */
export const leaks = (schema: Json, isNames = false): string[] =>
  Object.entries(schema).flatMap(([key, value]) => [
    ...(!isNames && OURS.includes(key) ? [key] : []),
    ...(typeof value !== 'object' || value === null || (!isNames && DATA.includes(key))
      ? []
      : leaks(value as Json, !isNames && ['properties', 'patternProperties', 'schemas'].includes(key)))
  ])

/** A schema with everything that it refers to. */
export const reached = (document: OpenApiDocument, schema: Json, seen = new Set<string>()): Json[] =>
  [...places(schema)].flatMap(([steps, value]): Json[] => {
    if (steps.at(-1) !== '$ref' || seen.has(value as string)) return steps.length === 0 ? [value as Json] : []
    seen.add(value as string)
    return reached(document, at(document, (value as string).slice(2).split('/')) as Json, seen)
  })

/** The schemas of all answers in JSON. */
export const answerSchemas = (document: OpenApiDocument): Json[] =>
  operationsIn(document).flatMap(([, , { responses }]) =>
    Object.values<Json>(responses).flatMap(({ content }) => (content?.['application/json'] ? [content['application/json'].schema] : []))
  ) // prettier-ignore
