import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createDatabase } from '../../packages/rachis/src/database/query'
import { anyone, COLUMN_TYPES, defineResource, json, nullable, textArray } from '../../packages/rachis/src/declare' // prettier-ignore
import type { AnyResource } from '../../packages/rachis/src/declare'
import { TRUE } from '../../packages/rachis/src/declare/predicate'
import { lower } from '../../packages/rachis/src/model/lower'
import { RECORD_FORMATS } from '../../packages/rachis/src/service/record-formats'
import { targetOf } from '../../packages/rachis/src/service/target'
import type { CallDatabase, Row } from '../../packages/rachis/src/sql/database'
import { selectTextPage } from '../../packages/rachis/src/sql/json-rows'
import { select } from '../../packages/rachis/src/sql/statements'
import { respelled } from '../../packages/rachis/src/util/respelled'
import { DEPTH } from '../helpers/depth'
import type { Json, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { FIELDS, row as scalars } from './rule-arbitraries'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'

const ROWS = 300 * DEPTH

const spelled = defineResource('spelled', {
  soft_delete: true,
  fields: { ...FIELDS, tags: nullable(textArray()), data: nullable(json()) },
  access: { read: anyone }
}) as unknown as AnyResource

const written = fc
  .tuple(
    scalars,
    fc.record({
      tags: fc.option(fc.array(fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')))),
      data: fc.option(fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue()))
    })
  )
  .map(([plain, more]): Json => ({ ...plain, ...more }))

/** What no client can write, since JSON or JavaScript has no such value, and SQL by hand can. */
const BY_HAND: Readonly<Record<string, readonly string[]>> = {
  ratio: ["'NaN'", "'infinity'", "'-infinity'", "'-0'", '1e-4', '99999e-9', '1e-6', '9.99e-7', '1e-7', '1e-10', '1e15', '999999999999999', '123456789012345680', '1e21', '999999999999999900000', '1e100', '-1.5e-300', '0.1', '4e-5'], // prettier-ignore
  price: ["'NaN'", '0.00', '-0.50', '1.10', '20.00'],
  data: [
    `'{"size": 1.0, "b": 1.10, "10": 1e400, "2": 12345678901234567890}'`,
    `'{"b": 1, "a": {"9": [1, 2.50, {"1": null}], "é": "a: b, \\"c\\": d"}}'`,
    `'[1, [], {}, "x, y", "\\u0001 \\u001f \\ud83d\\ude00"]'`,
    `'null'`,
    `'1.50'`,
    `'"a, b"'`
  ],
  tags: [`array[null, 'null', 'a,b', '"', E'\\n\\x01\\x7f', E'\\u2028']`, `'{}'`],
  note: [`'=1+1'`, `'''=1'`, `'''''x'`, `'＝a'`, `'-'`, `'a"b'`, `''`, `E'\\t'`, `''''''''`, `E'\\r\\n='`],
  word: [`E'\\x01\\x02\\b\\f\\n\\r\\t\\x1f\\x7f\\u2028 </script>'`]
}

const withoutNumbersOfSql = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'number' && !Number.isFinite(value) ? null : value
    ])
  )

const TYPES = new Set([...lower(spelled).fields.values()].map(({ type }) => type))

describe('rows as text', () => {
  let world: World
  let database: CallDatabase
  const target = targetOf(lower(spelled))

  before(async () => {
    world = await startWorld({ resources: [spelled] })
    database = createDatabase(world.app.get('postgresqlClient'))
    const samples = fc.sample(written, { numRuns: ROWS, seed: SEED })
    const names = Object.keys(samples[0]!).join(', ')
    await world.sql(`insert into spelled (${names}) select ${names} from jsonb_populate_recordset(null::spelled, $1)`, [JSON.stringify(samples)]) // prettier-ignore
    // An adopted table has no checks.
    const checks = await world.sql(`select conname as name from pg_constraint where conrelid = 'spelled'::regclass and contype = 'c'`) // prettier-ignore
    for (const { name } of checks) await world.sql(`alter table spelled drop constraint ${name}`)
    const byHand = Object.entries(BY_HAND).flatMap(([name, values]) => values.map((value) => [name, value] as const)) // prettier-ignore
    for (const [name, value] of byHand) {
      const others = names
        .split(', ')
        .filter((other) => other !== name)
        .join(', ')
      await world.sql(`insert into spelled (${others}, ${name}) select ${others}, ${value} from spelled where id = 1`) // prettier-ignore
    }
  })
  after(() => world?.close())

  it('have columns of every type', () => assert.deepEqual([...TYPES].sort(), [...COLUMN_TYPES].sort()))

  it('are spelled as rows that are read, byte by byte', async () => {
    const rows = await database.query(select(target, { where: TRUE }))
    const [page] = await database.query(selectTextPage(target, { where: TRUE, limit: 10_000 }, target.columns)) // prettier-ignore
    const texts = respelled(String((page as Row).text)).split(/(?<=\}),(?=\{"id":)/)
    assert.ok(rows.length > ROWS)
    assert.deepEqual(
      texts,
      rows.map((row) => JSON.stringify(row))
    )
  })

  it('are lines of an export as rows would be written, byte by byte', async () => {
    const all = { where: TRUE, sort: { id: 1 } } as const
    // A number that JSON has no form of is none in an export either.
    const rows = (await database.query(select(target, all))).map(withoutNumbersOfSql)
    for (const { ofRows, select: statement, ofPieces } of Object.values(RECORD_FORMATS)) {
      const asked = { ...statement(target, all, target.columns), rowMode: 'array' as const }
      const found = await database.query<readonly unknown[]>(asked)
      assert.deepEqual(ofPieces(found).split('\n'), ofRows(rows, target.columns).split('\n'))
    }
  })

  it('are the same on both ways of a request', async () => {
    for (const path of [
      '/spelled?limit=100',
      '/spelled/1',
      '/spelled?fields=data,ratio&sort=-price&page=2'
    ]) {
      const answers: string[] = []
      for (const fastPath of [true, false]) {
        world.app.set('fastPath', fastPath)
        answers.push(
          await (await fetch(`${world.url}/api/v1${path}`, { headers: { 'X-Request-Id': 'same' } })).text()
        )
      }
      assert.equal(answers[0], answers[1])
    }
  })
})
