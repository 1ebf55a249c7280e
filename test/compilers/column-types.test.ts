import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import {
  boolean, integer, json, money, operatorsFor, text, textArray, timestamp, Type
} from '../../packages/rachis/src/declare' // prettier-ignore
import {
  COLUMN_TYPES, columnType, hasBounds, isSortable, typeInfo
} from '../../packages/rachis/src/declare/column-types' // prettier-ignore
import { KINDS } from '../database/declaration-arbitraries'

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

/** What a query may hold: values of JSON, and texts that look like values of each type. */
const given = fc.oneof(
  fc.jsonValue(),
  fc.double(),
  fc.double().map(String),
  fc.maxSafeInteger().map(String),
  fc.uuid().map((uuid) => uuid.toUpperCase()),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)),
  fc.constantFrom('true', 'false', 'null', '2026-01-31 12:00+02:00')
)

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

  it('are all known to the tests of migrations', () => {
    const { reference: _, ...kinds } = KINDS
    const types = Object.values(kinds).map(({ schema }) => columnType(schema(true)))
    assert.deepEqual([...new Set(types)].sort(), [...COLUMN_TYPES].sort())
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

      it('reads the text of a value that it has read as the same value', () => {
        const read = (value: unknown) => info.query?.read(value, { value: Type.Any() })
        fc.assert(
          fc.property(given, (value) => {
            const first = read(value)
            // Not by assert.equal, to which 0 and -0 are two.
            if (first !== undefined) assert.ok(read(String(first)) === first)
          })
        )
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
