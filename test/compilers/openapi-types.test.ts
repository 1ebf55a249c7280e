import assert from 'node:assert/strict'
import {
  boolean,
  integer,
  json,
  money,
  oneOf,
  text,
  textArray,
  timestamp,
  Type
} from '../../packages/rachis/src/declare'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import { openapi } from '../../packages/rachis/src/openapi/openapi'
import { declared } from './declared'
import { operationOf } from './openapi-inspect'

const fields = {
  total: Type.Integer({ column: 'bigint' }),
  size: integer(),
  ratio: Type.Number(),
  price: money(),
  name: text(),
  done: boolean(),
  key: Type.String({ format: 'uuid' }),
  at: timestamp(),
  day: Type.String({ format: 'date' }),
  meta: json(),
  tags: textArray(),
  rank: oneOf('low', 'high')
}

describe('column types in documents', () => {
  const document = openapi(lowerAll([declared({ fields, access: { read: true }, timestamps: false })]))
  const parameters = operationOf(document, 'things_find').parameters as { name: string; schema: object }[]
  const named = (pattern: RegExp) => parameters.map(({ name }) => name).filter((name) => pattern.test(name))
  const schemaOf = (parameter: string) => parameters.find(({ name }) => name === parameter)?.schema

  it('have parameters for bounds where they are measures', () => {
    const measures = ['size', 'ratio', 'price', 'at', 'day']
    assert.deepEqual(
      named(/^(min|max)_/).sort(),
      measures.flatMap((name) => [`min_${name}`, `max_${name}`]).sort()
    )
  })

  it('have a parameter for values that are equal, in a list where a comma separates them', () => {
    const scalars = Object.keys(fields).filter((name) => !['meta', 'tags'].includes(name))
    assert.deepEqual(
      scalars.filter((name) => schemaOf(name) === undefined),
      []
    )
    assert.deepEqual([schemaOf('meta'), schemaOf('tags')], [undefined, undefined])
    const isList = (name: string) => (schemaOf(name) as { type?: string }).type === 'array'
    assert.deepEqual(
      scalars.filter((name) => !isList(name)),
      ['name', 'done']
    )
  })

  it('tell generators of the size of a whole number that has 64 bits', () => {
    const { properties } = document.components.schemas.Thing as {
      properties: Record<string, { format?: string }>
    }
    const formats = ['id', 'total', 'size', 'ratio'].map((name) => properties[name]!.format)
    assert.deepEqual(formats, ['int64', 'int64', undefined, undefined])
  })
})
