import assert from 'node:assert/strict'
import { searchIndexes, searchText, tsquery } from '../../src/compilers/search'
import type { Target } from '../../src/compilers/statements'
import { select } from '../../src/compilers/statements'

const target: Target = { table: 'things', id: 'id', types: new Map([['name', 'text']]), columns: ['id'] }
const TEXT = `lower(coalesce("name", '') || ' ' || coalesce("note", ''))`
const search = { text: searchText(['name', 'note']), value: "Red sho'" }

describe('search', () => {
  const texts: [text: string, query: string | undefined][] = [
    ['red', 'red:*'],
    ['Red Shoe', 'red:* & shoe:*'],
    ['', undefined],
    [' - !', undefined],
    ["a' | !b <-> c:*", 'a:* & b:* & c:*'],
    ['Grüße 東京', 'grüße:* & 東京:*'],
    ['4711', '4711:*'],
    ['x '.repeat(50), Array(20).fill('x:*').join(' & ')]
  ]
  for (const [text, query] of texts)
    it(`reads ${JSON.stringify(text.slice(0, 20))} as ${query?.slice(0, 40)}`, () => assert.equal(tsquery(text), query)) // prettier-ignore

  it('looks through one text of all columns', () => {
    assert.equal(search.text, TEXT)
    assert.equal(searchText(['a"b']), `lower(coalesce("a""b", ''))`)
  })

  it('has an index for words and one for what is misspelt, both of that text', () => {
    assert.deepEqual(searchIndexes(['name', 'note']), [
      { suffix: 'search_idx', sql: `using gin (to_tsvector('simple', ${TEXT}))` },
      { suffix: 'search_trgm_idx', sql: `using gin ((${TEXT}) gin_trgm_ops)` }
    ])
  })

  it('is a condition, and an order where no other is asked', () => {
    const { text, values } = select(target, { $search: search, $rank: search })
    assert.equal(
      text,
      `select "id" from "things" where (to_tsvector('simple', ${TEXT}) @@ to_tsquery('simple', $1) or $2 <% ${TEXT})` +
        ` order by ts_rank(to_tsvector('simple', ${TEXT}), to_tsquery('simple', $3)) desc, word_similarity($4, ${TEXT}) desc, "id"`
    )
    assert.deepEqual(values, ['red:* & sho:*', "red sho'", 'red:* & sho:*', "red sho'"])
    assert.match(select(target, { $search: search, $rank: search, $sort: { name: 1 } }).text, /\) order by "name", "id"$/) // prettier-ignore
  })
})
