import assert from 'node:assert/strict'
import { parseSearchText, searchColumns, tsquery } from '../../packages/rachis/src/sql/search'
import type { Target } from '../../packages/rachis/src/sql/target'
import * as statements from '../../packages/rachis/src/sql/statements'
import { tableOf } from './declared'
import { selected } from './predicates'
import type { Terms } from '../../packages/rachis/src/declare'
import { text } from '../../packages/rachis/src/declare'
import { column, compare, TRUE } from '../../packages/rachis/src/declare/predicate'

const target: Target = { table: 'things', id: 'id', types: new Map([['name', 'text']]), columns: ['id'] }
const select = (of: Target, query: Terms) => statements.select(of, selected(query, of.types))
const search = parseSearchText("Red sho'")!

describe('search', () => {
  const texts: [text: string, query: string | undefined][] = [
    ['red', 'red:*'],
    ['Red Shoe', 'red:* & shoe:*'],
    ['', undefined],
    [' - !', undefined],
    ["a' | !b <-> c:*", 'a & b & c:*'],
    ['to be or not to be', 'to & be & or & not:*'],
    ['iphone 7 pro', 'iphone:* & 7 & pro:*'],
    ['Grüße 東京', 'grüße:* & 東京:*'],
    ['4711', '4711:*'],
    ['x '.repeat(50), 'x:*'],
    [
      'one two three four five six seven eight nine ten eleven',
      'one:* & two:* & three:* & four:* & five:* & six:* & seven:* & eight:* & nine:* & ten:*'
    ]
  ]
  for (const [text, query] of texts)
    it(`reads ${JSON.stringify(text.slice(0, 20))} as ${query?.slice(0, 40)}`, () => assert.equal(tsquery(text), query)) // prettier-ignore

  const likeness: [text: string, like: string | undefined][] = [
    ['Ketle', 'ketle'],
    ['sho', undefined],
    ['red  Shoe!', 'red shoe'],
    ['one two three', 'one two three'],
    ['one two three four', undefined],
    ['a'.repeat(41), undefined]
  ]
  for (const [typed, like] of likeness)
    it(`${like ? 'measures' : 'does not measure'} likeness to ${typed}`, () => assert.equal(parseSearchText(typed)?.like, like)) // prettier-ignore

  it('reads two stored columns, each with its index, which are no fields and are not recorded', () => {
    const table = tableOf({ fields: { name: text(), note: text() }, search: ['name', 'note'] })
    const [vector, prefix] = searchColumns(['"name"', '"note"'])
    assert.equal(vector!.generated, `to_tsvector('simple', left(lower(coalesce("name", '') || ' ' || coalesce("note", '')), 100000))`) // prettier-ignore
    assert.equal(prefix!.generated, `lower(left(coalesce("name", ''), 100) || ' ' || left(coalesce("note", ''), 100))`) // prettier-ignore
    assert.deepEqual(table.search, {
      columns: [{ ...vector, nullable: true }, { ...prefix, nullable: true }],
      indexes: [
        { name: 'things_search_idx', sql: 'using gin ("_search")' },
        { name: 'things_search_trgm_idx', sql: 'using gin ("_search_text" gin_trgm_ops)' }
      ]
    }) // prettier-ignore
    assert.deepEqual(table.unrecorded, ['_search', '_search_text'])
  })

  it('has columns and indexes of their own for what the same readers read', () => {
    const fields = { name: text(), email: text(), phone: text(), note: text() }
    const mine = { read: { email: 'x' } }
    const table = tableOf({ fields, search: ['email', 'name', 'note', 'phone'], access: { fields: { email: mine, phone: mine, note: { read: false } } } }) // prettier-ignore
    const names = table.search!.columns.map(({ name }) => name)
    assert.deepEqual(names, ['_search', '_search_text', '_search_2', '_search_text_2', '_search_3', '_search_text_3']) // prettier-ignore
    assert.match(table.search!.columns[2]!.generated!, /"email".*"phone"/)
    assert.doesNotMatch(table.search!.columns[0]!.generated!, /"email"|"phone"|"note"/)
    assert.deepEqual(table.search!.indexes.map(({ name }) => name).slice(2, 4), ['things_search_2_idx', 'things_search_2_trgm_idx']) // prettier-ignore
    assert.deepEqual(table.unrecorded, names)
  })

  it('asks the parts that may be read, each of the records of which it may', () => {
    const parts = [{ mask: TRUE }, { part: 2, mask: compare(column('name', 'text'), '=', 'me') }]
    const { text: sql } = select(target, { $search: { words: 'red:*', parts }, $rank: { words: 'red:*', parts } })
    assert.match(sql, / where \("_search" @@ to_tsquery\('simple', \$1\) or "name" = \$2::text and "_search_2" @@ to_tsquery\('simple', \$3\)\)/)
    assert.match(sql, /array\[greatest\(ts_rank\("_search", .*\), case when "name" = \$\d+::text then ts_rank\("_search_2", .*\) end\), /)
  }) // prettier-ignore

  it('is a condition, and an order of as many as can be ranked, where no other is asked', () => {
    const { text: sql, values } = select(target, { $search: search, $rank: search })
    const condition = `where ($1 <% "_search_text" or "_search" @@ to_tsquery('simple', $2))`
    const again = condition.replace('$1', '$3').replace('$2', '$4')
    assert.equal(
      sql,
      `select "id" from "things" ${condition} order by case when (select count(*) from (select from "things" ${again} limit 5001) as found) <= 5000` +
        ` then array[ts_rank("_search", to_tsquery('simple', $5)), word_similarity($6, "_search_text")] end desc nulls last, "id"`
    )
    assert.deepEqual(values, ['red sho', 'red:* & sho:*', 'red sho', 'red:* & sho:*', 'red:* & sho:*', 'red sho'])
    assert.match(select(target, { $search: search, $rank: search, $sort: { name: 1 } }).text, /\)\) order by "name", "id"$/)
    const long = parseSearchText('one two three four')!
    assert.match(select(target, { $search: long }).text, / where "_search" @@ to_tsquery\('simple', \$1\) order by "id"$/)
  }) // prettier-ignore
})
