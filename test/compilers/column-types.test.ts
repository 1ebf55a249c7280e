import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import {
  boolean, integer, json, money, operatorsFor, text, textArray, timestamp, Type
} from '../../packages/rachis/src/declare' // prettier-ignore
import {
  COLUMN_TYPES, columnType, hasBounds, isSortable, typeInfo
} from '../../packages/rachis/src/declare/column-types' // prettier-ignore

const FOLDER = path.join(__dirname, '../../packages/rachis/src/declare/column-types')
/** Scalars of GraphQL itself, and those of `graphql-scalars`. */
const SCALARS = ['Boolean', 'Date', 'DateTime', 'Float', 'Int', 'JSON', 'SafeInt', 'String', 'UUID']

const CHOSEN: [schema: object, type: string][] = [
  [text(), 'text'],
  [integer(), 'integer'],
  [Type.Number(), 'double precision'],
  [boolean(), 'boolean'],
  [money(), 'numeric(12,2)'],
  [timestamp(), 'timestamptz(3)'],
  [Type.String({ format: 'date' }), 'date'],
  [Type.String({ format: 'uuid' }), 'uuid'],
  [Type.String({ format: 'email' }), 'text'],
  [json(), 'jsonb'],
  [Type.Array(Type.Integer()), 'jsonb'],
  [textArray(), 'text[]'],
  [Type.Integer({ column: 'bigint' }), 'bigint']
]

describe('column types', () => {
  it('are one file each, and all of them are listed', () => {
    const files = readdirSync(FOLDER).filter((file) => /\.ts$/.test(file))
    assert.equal(files.filter((file) => !['index.ts', 'column-type.ts'].includes(file)).length, COLUMN_TYPES.length) // prettier-ignore
    assert.equal(new Set(COLUMN_TYPES).size, COLUMN_TYPES.length)
  })

  it('are chosen by the schema of a field', () => {
    for (const [schema, type] of CHOSEN) assert.equal(columnType(schema as never), type)
    assert.deepEqual([...new Set(CHOSEN.map(([, type]) => type))].sort(), [...COLUMN_TYPES].sort())
  })

  it('are none for a schema that no column holds, whatever every object inherits', () => {
    for (const schema of [{}, { type: 'null' }, { type: 'constructor' }, { type: 'x', format: 'toString' }])
      assert.equal(columnType(schema as never), undefined)
  })

  for (const type of COLUMN_TYPES) {
    const info = typeInfo(type)

    describe(type, () => {
      it('says by its own name what it is, and a scalar of GraphQL', () => {
        assert.equal(info.name, type)
        const [, listed, scalar] = /^(?:\[(\w+)!\]|(\w+))$/.exec(info.graphql) ?? []
        assert.ok(SCALARS.includes(listed ?? scalar ?? ''), info.graphql)
        assert.equal(listed !== undefined, info.shape === 'list')
      })

      it('has the operators that its shape and order let a query ask', () => {
        const operators = operatorsFor({ type, nullable: false })
        assert.equal(operators.includes('$in'), info.shape === 'scalar')
        assert.equal(operators.includes('$contains'), info.shape === 'list')
        assert.equal(operators.includes('$gte'), hasBounds({ type }))
        if (hasBounds({ type })) assert.ok(isSortable({ type }))
      })
    })
  }
})
