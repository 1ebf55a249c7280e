import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { Json, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { recordsOf, RESOURCES } from './stage'

const CSV = { 'Content-Type': 'text/csv' }
const NDJSON = { 'Content-Type': 'application/x-ndjson' }

describe('an import', () => {
  let world: World
  let owner: Person
  let stranger: Person
  let admin: Person
  before(async () => {
    world = await startWorld({
      resources: RESOURCES,
      settings: { rate_limit: { requests: 0 }, imports: { max_bytes: 2_000_000, max_rows: 3000 } }
    })
    ;({ owner, stranger, admin } = await world.cast())
  })
  after(() => world?.close())
  beforeEach(() => world.sql('delete from entries'))

  const send = (person: Person, raw: string, query = '', headers: Record<string, string> = CSV) =>
    world.rest(person, 'POST', `/entries?${query}`, { raw, headers })
  const stored = (columns = 'code, title') => world.sql(`select ${columns} from entries order by code`)
  const changes = async () => (await world.sql(`select count(*)::int as n from changes`))[0]!.n as number
  const unchanged = async (work: () => Promise<unknown>) => {
    const before = [await stored('*'), await changes()]
    await work()
    assert.deepEqual([await stored('*'), await changes()], before)
  }

  it('creates the records of a CSV as their importer’s, with the values of their types', async () => {
    const listener = await world.socket(owner)
    const lines = [
      'code,title,note,amount,ratio,rank,is_open,day,tags,data,id,created_at',
      `a,"'=1+1",,-5.5,1e-7,,TRUE,2026-01-31,"[""x""]","{""k"":[1]}",999,`,
      `b,"two`,
      `lines",,,,3,false,,,,,`,
      `c,"""quoted""","",,,,,,,,,`
    ]
    const { status, body, headers } = await send(owner, `\ufeff${lines.join('\r\n')}\r\n`)
    assert.deepEqual([status, body], [200, { dry_run: false, rows: 3, created: 3, updated: 0, unchanged: 0, failed: 0, ignored: ['id', 'created_at'], failures: [] }]) // prettier-ignore
    const [a, b, c] = await stored('*')
    assert.deepEqual(
      [a!.title, a!.note, a!.amount, a!.ratio, a!.rank, a!.is_open, a!.tags, a!.data],
      ['=1+1', null, '-5.50', 1e-7, 7, true, ['x'], { k: [1] }]
    )
    assert.deepEqual([b!.title, b!.rank, b!.is_open, c!.title, c!.note], ['two\r\nlines', 3, false, '"quoted"', '']) // prettier-ignore
    assert.ok([a, b, c].every((row) => row!.user_id === String(owner.id) && row!.id !== '999'))
    const told = (await listener.told()).filter((name) => name === 'entries created')
    assert.equal(told.length, 3)
    assert.ok(headers.get('x-rachis-tx'))
    listener.socket.disconnect()
  })

  it('takes NDJSON, packed as well, and at an address of its own', async () => {
    const text = '{"code":"a","title":"x","tags":["y"]}\n\n{"code":"b","title":"z","id":7}'
    const response = await fetch(`${world.url}/api/v1/entries/import`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${owner.token}`, ...NDJSON, 'Content-Encoding': 'gzip' },
      body: gzipSync(text)
    })
    assert.equal(response.status, 200, await response.clone().text())
    assert.deepEqual(await stored(), [{ code: 'a', title: 'x' }, { code: 'b', title: 'z' }]) // prettier-ignore
  })

  it('writes all records or none, and says of each line what is wrong with it', async () => {
    await send(owner, 'code,title\ntaken,x')
    await unchanged(async () => {
      const file = ['code,title,rank', 'a,fine,1', 'b,fine,many', ',no code,1', 'taken,x,1', 'c,short'].join('\n') // prettier-ignore
      const { status, body } = await send(owner, file)
      assert.deepEqual([status, body.error.code], [422, 'VALIDATION_ERROR'])
      assert.deepEqual(
        body.error.details.map(({ line, field, code }: Json) => [line, field ?? null, code]).sort(),
        [
          [3, 'rank', 'VALIDATION_ERROR'],
          [4, 'code', 'VALIDATION_ERROR'],
          [5, 'code', 'DUPLICATE'],
          [6, null, 'MALFORMED_BODY']
        ]
      )
    })
  })

  it('passes over what cannot be written where that is asked', async () => {
    const file = ['code,title,secret', 'a,x,', 'b,x,mine', 'a,again,', 'd,x,'].join('\n')
    const { body } = await send(owner, file.replaceAll(',secret', '').replace(/,(mine)?$/gm, ''), 'on_error=skip') // prettier-ignore
    assert.deepEqual([body.rows, body.created, body.failed, body.failures[0].line], [4, 3, 1, 4])
    assert.deepEqual((await stored('code')).map(({ code }) => code), ['a', 'b', 'd']) // prettier-ignore
    const json = ['{"code":"e","title":"x"}', '{"code":"f","title":"x","secret":"mine"}', '[1]', '{"code":"g","title":"x","colour":1}'] // prettier-ignore
    const refused = await send(owner, json.join('\n'), 'on_error=skip', NDJSON)
    assert.deepEqual(refused.body.failures.map(({ line, code, field }: Json) => [line, code, field ?? null]), [[2, 'FORBIDDEN', 'secret'], [3, 'MALFORMED_BODY', null], [4, 'VALIDATION_ERROR', 'colour']]) // prettier-ignore
    assert.doesNotMatch(JSON.stringify(await stored('*')), /mine/)
  })

  it('changes what is there where a unique field is named, under the rule of changes', async () => {
    await send(owner, 'code,title,rank\na,one,1\nb,two,2')
    const { body } = await send(owner, 'code,title,rank\na,ONE,\nc,three,3\nc,THREE,4', 'upsert=code')
    assert.deepEqual([body.created, body.updated], [1, 2])
    assert.deepEqual(await stored('code, title, rank'), [{ code: 'a', title: 'ONE', rank: 1 }, { code: 'b', title: 'two', rank: 2 }, { code: 'c', title: 'THREE', rank: 4 }]) // prettier-ignore
    await world.sql(`update entries set is_open = false where code = 'b'`)
    await unchanged(async () => {
      const denied = await send(stranger, 'code,title\na,hers\nb,hers', 'upsert=code')
      const details = denied.body.error.details as Json[]
      assert.deepEqual(details.map(({ line, code }) => [line, code]), [[2, 'FORBIDDEN'], [3, 'DUPLICATE']]) // prettier-ignore
    })
    const byId = await send(owner, 'id,title\n999999,x', 'upsert=id')
    assert.equal(byId.body.error.details[0].code, 'NOT_FOUND')
  })

  it('counts what was there with the same values apart from what it changes', async () => {
    await send(owner, 'code,title,rank,amount\na,one,1,1.50\nb,two,2,\nc,three,3,')
    const file = 'code,title,rank,amount\na,one,1,1.5\nb,TWO,2,\nb,TWO,2,\nd,four,4,\nd,four,4,'
    const counts = ({ rows, created, updated, unchanged: same, failed }: Json) => [
      rows,
      created,
      updated,
      same,
      failed
    ]
    assert.deepEqual(counts((await send(owner, file, 'upsert=code&dry_run=true')).body), [5, 1, 1, 3, 0])
    assert.deepEqual(
      counts((await send(owner, `${file}\nc,three,many,`, 'upsert=code&on_error=skip')).body),
      [6, 1, 1, 3, 1]
    )
    assert.deepEqual(counts((await send(owner, file, 'upsert=code')).body), [5, 0, 0, 5, 0])
    const hidden = 'code,title,rank,secret\nb,TWO,2,x'
    assert.deepEqual(counts((await send(admin, hidden, 'upsert=code')).body), [1, 0, 1, 0, 0])
    assert.deepEqual(counts((await send(admin, hidden, 'upsert=code')).body), [1, 0, 0, 1, 0])
  })

  it('leaves nothing behind when it only tries', () =>
    unchanged(async () => {
      const { status, body } = await send(owner, 'code,title\na,x\na,x\nb,x', 'dry_run=true')
      assert.deepEqual([status, body.dry_run, body.created, body.failed], [200, true, 2, 1])
    }))

  it('is refused as a whole, before anything is written', async () => {
    const REFUSED: [file: string | Buffer, query: string, status: number, code: string, field?: string][] = [
      ['code,colour\na,b', '', 400, 'BAD_REQUEST', 'colour'],
      ['code,code\na,b', '', 400, 'BAD_REQUEST', 'code'],
      ['', '', 400, 'MALFORMED_BODY'],
      ['code,title\na,"open', '', 400, 'MALFORMED_BODY'],
      [Buffer.from([0x63, 0x6f, 0x64, 0x65, 0x0a, 0xff]), '', 400, 'MALFORMED_BODY'],
      ['code,title\na,b', 'upsert=title', 400, 'BAD_QUERY', 'upsert'],
      ['code,title\na,b', 'on_eror=skip', 400, 'BAD_QUERY', 'on_eror'],
      [`code,title\n${'a,b\n'.repeat(3001)}`, '', 413, 'PAYLOAD_TOO_LARGE'],
      [`code,title\na,${'b'.repeat(2_000_001)}`, '', 413, 'PAYLOAD_TOO_LARGE']
    ]
    await unchanged(async () => {
      for (const [file, query, status, code, field] of REFUSED) {
        const answer = await send(owner, file as string, query)
        assert.deepEqual([answer.status, answer.body.error.code, answer.body.error.field], [status, code, field]) // prettier-ignore
      }
      assert.equal((await send(anonymous, 'code,title\na,b')).status, 401)
      const matched = await send(owner, 'code,title\na,b', '', { ...CSV, 'If-Match': '"1"' })
      assert.deepEqual([matched.status, matched.body.error.code], [400, 'BAD_REQUEST'])
      const plain = await world.rest(owner, 'POST', '/entries/import', { body: { code: 'a', title: 'b' } })
      assert.equal(plain.status, 415)
    })
  })

  it('is made once with one key, whatever its size', async () => {
    const file = `code,title\n${Array.from({ length: 300 }, (_, n) => `k${n},x`).join('\n')}`
    const headers = { ...CSV, 'Idempotency-Key': randomUUID() }
    const first = await send(owner, file, '', headers)
    const again = await send(owner, file, '', headers)
    assert.deepEqual([again.status, again.body], [200, first.body])
    assert.equal(again.headers.get('idempotency-replayed'), 'true')
    assert.equal((await stored()).length, 300)
    assert.equal((await send(owner, `${file}x`, '', headers)).status, 422)
  })

  it('tells who accepts NDJSON how far it is', async () => {
    const file = `code,title\n${Array.from({ length: 250 }, (_, n) => `p${n},x`).join('\n')}`
    const headers = { ...CSV, Accept: 'application/x-ndjson' }
    const response = await world.send(admin, 'POST', '/entries', { raw: file, headers })
    const lines = recordsOf(await response.text()) as Json[]
    assert.deepEqual(lines.map(({ progress }) => progress?.done ?? null), [0, 100, 200, 250, null]) // prettier-ignore
    assert.equal(lines.at(-1)!.report.created, 250)
    const failed = await world.send(admin, 'POST', '/entries', { raw: 'code,title\np1,x', headers })
    assert.equal((recordsOf(await failed.text()) as Json[]).at(-1)!.error.code, 'VALIDATION_ERROR')
  })
})
