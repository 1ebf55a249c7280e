import assert from 'node:assert/strict'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { RESOURCES } from './stage'

type Row = [file: string, message: RegExp, hint: RegExp]

/** What people send in place of a file that can be read: the error says which line it is, and what to do. */
const CSV: Row[] = [
  ['code,title\na,x\nb,"open\nc,y\n', /^Line 3: a quote is opened/, /twice/],
  [`code,title\n${'a,x\n'.repeat(2500)}b,"open`, /^Line 2502: a quote is opened/, /twice/],
  ['code,title\na,x"y"\n"b"c,z', /^Line 2: .*quote in the wrong place/, /whole cell in quotes/],
  ['', /^Line 1: the names of the columns are missing/, /code, title/],
  ['code;title\na;x', /one name: code;title/, /commas, not by ;/],
  ['code;title\n"a";"x"', /^Line 2: .*quote in the wrong place|one name: code;title/, /commas, not by ;/],
  ['"code"\t"title"\n"a"\t"x"', /^Line 1: .*quote in the wrong place/, /commas, not by tabs/],
  ['code\ttitle\na\tx', /one name/, /commas, not by tabs/],
  ['code,titel\na,x', /titel is not a column/, /Did you mean title/]
]
const LINES: Record<string, Row[]> = {
  'text/csv': [
    ['code,title\na,x,y', /3 cells, where the first line has 2/, /comma or a line break in quotes/],
    ['code,title\na', /1 cells/, /comma for each cell/]
  ],
  'application/x-ndjson': [
    ['[{"code":"a","title":"x"}]', /not a JSON object/, /without brackets/],
    ['{"code":"a","title":"x"},', /not a JSON object/, /comma behind/],
    ['{', /not a JSON object/, /on one line/],
    ['  "code": "a",', /not a JSON object/, /on one line/],
    ['code,title', /not a JSON object/, /text\/csv/],
    ['nonsense', /not a JSON object/, /JSON object on each line/]
  ]
}

describe('a file that cannot be read', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld({ resources: RESOURCES, settings: { rate_limit: { requests: 0 } } })
    owner = await world.register('owner')
  })
  after(() => world?.close())

  const send = (raw: string, type = 'text/csv') =>
    world.rest(owner, 'POST', '/entries', { raw, headers: { 'Content-Type': type } })

  it('is refused with the line at which the record begins, and what to do', async () => {
    for (const [file, message, hint] of CSV) {
      const { status, body } = await send(file)
      assert.equal(status, 400, file)
      assert.match(body.error.message, message)
      assert.match(body.error.hint, hint)
    }
  })

  it('that is no text in UTF-8, or not packed as it says, has a hint for files', async () => {
    const latin = Buffer.from('code,title\na,caf\xe9\n', 'latin1')
    const CASES: [Record<string, string>, RegExp, RegExp][] = [
      [{}, /not UTF-8/, /Save the text as UTF-8/],
      [{ 'Content-Encoding': 'gzip' }, /not encoded as Content-Encoding says/, /leave that header out/]
    ]
    for (const [headers, message, hint] of CASES) {
      const sent = { method: 'POST', body: latin, headers: { Authorization: `Bearer ${owner.token}`, 'Content-Type': 'text/csv', ...headers } } // prettier-ignore
      const answer = await fetch(`${world.url}/api/v1/entries`, sent)
      const { error } = (await answer.json()) as { error: { message: string; hint: string } }
      assert.equal(answer.status, 400)
      assert.match(error.message, message)
      assert.match(error.hint, hint)
    }
  })

  it('says the same of each of its lines', async () => {
    for (const [type, rows] of Object.entries(LINES))
      for (const [file, message, hint] of rows) {
        const { status, body } = await send(file, type)
        const [detail] = body.error.details
        assert.deepEqual([status, detail.code, detail.line], [422, 'MALFORMED_BODY', type === 'text/csv' ? 2 : 1], file) // prettier-ignore
        assert.match(detail.message, message)
        assert.match(detail.hint, hint)
      }
    assert.deepEqual(await world.sql('select 1 from entries'), [])
  })
})
