import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Json, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { cellsOf, recordsOf, RESOURCES } from './stage'

interface Hooked {
  hooks(map: object): void
}
const CSV = { Accept: 'text/csv' }
const NDJSON = { Accept: 'application/x-ndjson' }

/** Rows that are enough for several parts, with some texts that a program for tables would take for formulas. */
const FILL = (table: string, user: number | undefined) => `
  insert into ${table} (code, title, note, amount, rank, is_open, due, tags, data, secret, own, user_id)
  select 'c' || n, (array['plain', '=1+1', '+1', '-1', '@x', E'\\tx', E'\\rx', '''=x', 'a "b", c', E'two\\r\\nlines', '', '＝x'])[1 + n % 12],
    case when n % 3 = 0 then null else '' end, n / 100.0, n % 100 - 50, n % 2 = 0, '2026-01-31T12:00:00.5Z', array['a', 'b,c'], '{"size": 1.0}',
    'hidden', 'own', ${user} from generate_series(1, 1300) n`

describe('an export', () => {
  let world: World
  let owner: Person
  let stranger: Person
  let manager: Person
  let admin: Person
  before(async () => {
    world = await startWorld({ resources: RESOURCES, settings: { rate_limit: { requests: 0 } } })
    ;({ owner, stranger, manager, admin } = await world.cast())
    await world.sql(FILL('entries', owner.id))
    await world.sql(FILL('words', owner.id))
  })
  after(() => world?.close())

  const hooked = (name: string) => world.app.service(name as never) as Hooked
  const textOf = async (person: Person, path: string, headers: Record<string, string>) => {
    const response = await world.send(person, 'GET', path, { headers })
    const text = await response.text()
    assert.equal(response.status, 200, text)

    return text
  }
  const ndjson = async (person: Person, path: string) => recordsOf(await textOf(person, path, NDJSON))
  const csv = async (person: Person, path: string) => cellsOf(await textOf(person, path, CSV))
  const listed = async (person: Person, path: string) => {
    const pages: Json[] = []
    for (let page = 1; ; page++) {
      const { body } = await world.rest(person, 'GET', `${path}${path.includes('?') ? '&' : '?'}page=${page}&page_size=100`) // prettier-ignore
      pages.push(...(body.results as Json[]))
      if (!body.next) return pages
    }
  }

  const cast = (): [string, Person][] => [['anonymous', anonymous], ['owner', owner], ['stranger', stranger], ['manager', manager], ['admin', admin]] // prettier-ignore

  it('has the records, the fields and the order that the list has for each of its readers', async () => {
    for (const [name, person] of cast())
      for (const path of [
        '/entries',
        '/words?rank[$gte]=20&sort=-amount',
        '/entries?fields=title,rank&title=plain&sort=rank'
      ])
        // prettier-ignore
        assert.deepEqual(await ndjson(person, path), await listed(person, path), `${name} ${path}`)
  })

  it('tells nobody what the list hides: by a cell, a column, a row or a number', async () => {
    const text = await textOf(stranger, '/entries?count=exact', CSV)
    assert.doesNotMatch(text, /hidden|"own"|secret/)
    assert.equal(cellsOf(text).length, 650)
    assert.ok(cellsOf(text).every((row) => row.own === '' && !('secret' in row)))
    assert.ok((await ndjson(stranger, '/entries?limit=20')).every((row) => !('own' in row)))
    const counted = await world.send(stranger, 'GET', '/entries/export?count=exact&limit=1')
    assert.equal(counted.headers.get('x-total-count'), '650')
    await counted.text()
    for (const query of ['secret=hidden', 'sort=secret', 'fields=secret']) {
      const { status, body } = await world.rest(stranger, 'GET', `/entries/export?${query}`)
      assert.deepEqual([status, body.error.field], [403, 'secret'])
    }
  })

  it('is for nobody who may not list', async () => {
    assert.equal((await world.rest(anonymous, 'GET', '/tasks', { headers: CSV })).status, 401)
    assert.equal((await world.rest(anonymous, 'GET', '/tasks/export')).status, 401)
  })

  it('is CSV in which texts stand in quotes, numbers do not, and nothing is a formula', async () => {
    const [head, first, second, third] = (await textOf(anonymous, '/words?limit=3&sort=id', CSV)).split(
      '\r\n'
    )
    assert.match(head!, /^id,code,title,note,amount,/)
    assert.match(first!, /^1,"c1","'=1\+1","",0\.01,,-49,false,,"2026-01-31T12:00:00\.500Z",,"\[""a"",""b,c""\]","\{""size"":1\}"/) // prettier-ignore
    assert.match(second!, /^2,"c2","'\+1","",0\.02,,-48,true,/)
    assert.match(third!, /^3,"c3","'-1",,0\.03,,-47,false,/)
    const cells = (await csv(anonymous, '/words')).flatMap((row) => [row.title!, row.note!])
    assert.ok(cells.every((cell) => !/^[=+\-@\t\r＝]/.test(cell)))
  })

  it('is the same whether PostgreSQL or a hook has written its records', async () => {
    const paths = ['/words?sort=id', '/words?fields=title,tags,data&rank=3', '/words?limit=0']
    const before = await Promise.all(paths.flatMap((path) => [textOf(owner, path, CSV), textOf(owner, path, NDJSON)])) // prettier-ignore
    const seen: number[] = []
    const count = async ({ result }: Json) => void seen.push(result.data.length)
    hooked('words').hooks({ after: { find: [count] } })
    const after = await Promise.all(paths.flatMap((path) => [textOf(owner, path, CSV), textOf(owner, path, NDJSON)])) // prettier-ignore
    assert.deepEqual(after, before)
    assert.ok(seen.length > 7 && Math.max(...seen) <= 1000, `parts of ${seen.join(', ')} records`)
  })

  it('shows what a hook of its list shows', async () => {
    hooked('entries').hooks({
      after: {
        find: [
          async ({ result, params }: Json) => {
            if (params.provider) for (const row of result.data) row.title = 'shown'
          }
        ]
      }
    })
    const titles = (await csv(admin, '/entries')).map(({ title }) => title)
    assert.deepEqual(new Set(titles), new Set(['shown']))
  })

  it('answers related records along as NDJSON, which a line of CSV has no place for', async () => {
    await world.sql('update words set entry_id = id where id <= 300')
    const path = '/words?include=entry&id[$lte]=300&sort=id'
    assert.deepEqual(await ndjson(stranger, path), await listed(stranger, path))
    const { status, body } = await world.rest(stranger, 'GET', path, { headers: CSV })
    assert.deepEqual([status, body.error.code, body.error.field], [400, 'BAD_QUERY', 'include'])
  })

  it('has an address of its own, which is CSV unless the client wants NDJSON', async () => {
    const answer = await world.send(stranger, 'GET', '/words/export?limit=2')
    assert.equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8; header=present')
    assert.equal(answer.headers.get('content-disposition'), 'attachment; filename="words.csv"')
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.equal(cellsOf(await answer.text()).length, 2)
    assert.equal((await ndjson(stranger, '/words/export?limit=2')).length, 2)
  })

  it('begins only where nothing of it is refused', async () => {
    const REFUSED: [path: string, headers: Record<string, string>, status: number, code: string][] = [
      ['/words/export', { Accept: 'application/json' }, 406, 'NOT_ACCEPTABLE'],
      ['/words/1', CSV, 406, 'NOT_ACCEPTABLE'],
      ['/words?page=2', CSV, 400, 'BAD_QUERY'],
      ['/words?after=', CSV, 400, 'BAD_QUERY'],
      ['/words?colour=red', CSV, 400, 'BAD_QUERY'],
      ['/words?limit=-1', CSV, 422, 'VALIDATION_ERROR'],
      ['/words?limit=1', { ...CSV, Authorization: 'Bearer a.b.c' }, 401, 'INVALID_TOKEN']
    ]
    for (const [path, headers, expected, code] of REFUSED) {
      const { status, body } = await world.rest(anonymous, 'GET', path, { headers })
      assert.deepEqual([path, status, body.error.code], [path, expected, code])
    }
  })

  it('has the headers of its answer for HEAD, and packs for who takes that', async () => {
    const head = await world.send(owner, 'HEAD', '/words', { headers: CSV })
    assert.equal(head.headers.get('content-disposition'), 'attachment; filename="words.csv"')
    const packed = await world.send(owner, 'GET', '/words', { headers: { ...CSV, 'Accept-Encoding': 'br' } })
    assert.equal(packed.headers.get('content-encoding'), 'br')
    assert.equal(cellsOf(await packed.text()).length, 1300)
    const plain = await world.send(owner, 'GET', '/words', { headers: { ...CSV, 'Accept-Encoding': 'identity' } }) // prettier-ignore
    assert.equal(plain.headers.get('content-encoding'), null)
    await plain.text()
  })

  const transactions = async () =>
    (await world.sql(`select count(*)::int as open from pg_stat_activity where datname = current_database() and query like 'fetch %'`))[0]!.open as number // prettier-ignore
  const open = async (count: number) => {
    for (let tries = 0; tries < 200 && (await transactions()) !== count; tries++)
      await new Promise((resolve) => setTimeout(resolve, 25))
    assert.equal(await transactions(), count)
  }
  const opened = (path: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const asked = request(`${world.url}/api/v1${path}`, { headers: CSV }, resolve).on('error', reject)
      asked.end()
    })

  describe('of more than the connection takes', () => {
    before(() => world.sql(`update words set note = repeat('long ', 100)`))
    before(() => world.sql(`insert into words (code, title, note, user_id) select 'm' || n, 'many', repeat('x', 500), ${owner.id} from generate_series(1, 40000) n`)) // prettier-ignore

    it('waits for a client that does not read, and lets go when it leaves', async () => {
      const response = await opened('/words')
      await once(response, 'readable')
      await open(1)
      response.destroy()
      await open(0)
    })

    it('breaks its connection off where the database fails in the middle', async () => {
      const response = await opened('/words')
      await once(response, 'readable')
      await open(1)
      await world.sql(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'fetch %'`) // prettier-ignore
      const failed = once(response, 'end').then(() => 'complete', ({ code }: Json) => code as string) // prettier-ignore
      response.resume()
      assert.equal(await failed, 'ECONNRESET')
      await open(0)
    })

    it('ends with its time', async () => {
      const settings = world.app.get('database')
      world.app.set('database', { ...settings, export_timeout: 1 })
      const response = await opened('/words')
      await once(response, 'readable')
      await open(0)
      response.destroy()
      world.app.set('database', settings)
    })
  })
})
