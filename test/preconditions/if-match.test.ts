import assert from 'node:assert/strict'
import type { Answer, Person } from '../helpers/world'
import { Stage } from './stage'

describe('If-Match', () => {
  let stage: Stage
  let owner: Person, stranger: Person, manager: Person, admin: Person, anonymous: Person
  const statusOf = async (...args: Parameters<Stage['write']>) => (await stage.write(...args)).status

  before(async () => {
    stage = await Stage.open()
    ;({ owner, stranger, manager, admin, anonymous } = stage.cast as any)
  })
  after(() => stage.world.close())

  it('200 racing increments with If-Match and a retry give exactly 200', async function () {
    this.timeout(60_000)
    const { id } = await stage.make('/counters')
    const path = `/counters/${id}`
    let failed = 0
    const read = () => stage.call(owner, 'GET', path)
    const increment = async ({ headers, body }: Answer): Promise<Answer> => {
      const answer = await stage.write(owner, 'PATCH', path, headers.get('etag')!, { total: body.total + 1 })
      if (answer.status === 200) return answer
      assert.equal(answer.status, 412)
      failed++
      return increment(await read())
    }
    const incrementAll = async () => {
      let known = await read()
      for (let left = 50; left > 0; left--) known = await increment(known)
    }
    await Promise.all(Array.from({ length: 4 }, incrementAll))
    const { body } = await read()
    assert.deepEqual([body.total, body.version], [200, 201])
    assert.ok(failed > 0, 'they did not race')
  })

  it('lets the write through that knows the record, and answers which it is then', async () => {
    const made = await stage.call(owner, 'POST', '/counters', { body: { name: 'a' } })
    assert.equal(made.body.version, 1)
    const path = `/counters/${made.body.id}`
    const tag = made.headers.get('etag')!
    assert.equal(tag, await stage.etag(owner, path))
    assert.match(tag, /^"1-[\w-]{27}"$/)
    const changed = await stage.write(owner, 'PATCH', path, tag, { name: 'b' })
    assert.deepEqual([changed.status, changed.body.version], [200, 2])
    assert.equal(changed.headers.get('etag'), await stage.etag(owner, path))
    const put = await stage.write(owner, 'PUT', path, '"2"', { name: 'c' })
    assert.deepEqual([put.status, put.body.version, put.headers.get('etag')], [200, 3, null])
    const minimal = await stage.call(owner, 'PATCH', path, { body: { name: 'd' }, headers: { 'If-Match': '"3"', Prefer: 'return=minimal' } }) // prettier-ignore
    assert.deepEqual([minimal.status, minimal.headers.get('etag')], [204, await stage.etag(owner, path)])
    assert.equal(await statusOf(owner, 'DELETE', path, '"4"'), 200)
  })

  for (const [table, fresh] of [['counters', '"2"'], ['contracts', '"2"'], ['letters', undefined]] as const) // prettier-ignore
    it(`refuses a write of ${table} that knows the record as it was, and leaves everything as it is`, async () => {
      const { id } = await stage.make(`/${table}`)
      const path = `/${table}/${id}`
      const old = await stage.etag(owner, path)
      assert.equal(await statusOf(owner, 'PATCH', path, old, { name: 'new' }), 200)
      const before = await stage.state(table, id)
      const now = await stage.etag(owner, path)
      const stale = [old, '"1"', `W/${now}`, '"other"', `W/"2", ${old}`, `"${'9'.repeat(40)}"`, '"999999999999999"']
      for (const tag of stale)
        for (const [method, body] of [['PATCH', { name: 'z' }], ['PUT', { name: 'z' }], ['DELETE']] as const) {
          const answer = await stage.write(owner, method, path, tag, body)
          assert.deepEqual([answer.status, answer.body.error.code], [412, 'PRECONDITION_FAILED'], `${method} ${tag}`)
          assert.equal(answer.headers.get('etag'), now)
        }
      assert.deepEqual(await stage.state(table, id), before)
      assert.equal(await statusOf(owner, 'PATCH', path, `${old}, ${fresh ?? now}`, { name: 'y' }), 200)
      assert.equal(await statusOf(owner, 'DELETE', path, '*'), 200)
    }) // prettier-ignore

  it('is malformed where it is no list of tags', async () => {
    const { id } = await stage.make('/counters')
    for (const value of ['1', 'x', '"1', '"1" "2"', '*, "1"', ',', '"a b"', `"${'x'.repeat(9000)}"`]) {
      const { status, body } = await stage.write(owner, 'PATCH', `/counters/${id}`, value, { name: 'z' })
      assert.deepEqual([status, body.error.code, body.error.field], [400, 'BAD_REQUEST', 'If-Match'], value)
    }
  })

  it('tells nobody of a record that they may not read, nor its version', async () => {
    for (const table of ['counters', 'contracts', 'letters']) {
      const { id } = await stage.make(`/${table}`)
      const tag = await stage.etag(owner, `/${table}/${id}`)
      const before = await stage.state(table, id)
      const answers = async (person: Person, condition: string, which: number) => {
        const { status, body, headers } = await stage.write(person, 'PATCH', `/${table}/${which}`, condition, { name: 'z' }) // prettier-ignore
        const { trace_id: _trace, ...error } = body.error
        return [status, error, headers.get('etag')]
      }
      for (const condition of [tag, '"1"', '"7"', '*', '"none"']) {
        assert.deepEqual(await answers(stranger, condition, id), await answers(stranger, condition, 999_999))
        assert.equal((await answers(stranger, condition, id))[0], 404)
        assert.equal((await answers(anonymous, condition, id))[0], 401)
        // Who reads it and may not write it is told so, whatever they know of it.
        assert.deepEqual((await answers(manager, condition, id)).slice(0, 1), [403])
      }
      assert.deepEqual(await stage.state(table, id), before)
    }
  })

  it('a change of what a reader may not see changes neither their ETag nor the version', async () => {
    const { id } = await stage.make('/counters')
    const path = `/counters/${id}`
    const tags = () => Promise.all([owner, manager, admin].map((person) => stage.etag(person, path)))
    const before = await tags()
    await stage.world.sql(`update counters set remark = 'by hand', secret = 'x' where id = $1`, [id])
    const after = await tags()
    assert.equal(after[0], before[0])
    assert.notEqual(after[1], before[1])
    assert.equal((await stage.call(owner, 'GET', path)).body.version, 1)
    // Who sees the remark cannot write over one that they have not read; who does not see it is not held up by it.
    assert.equal(await statusOf(admin, 'PATCH', path, before[2]!, { remark: 'mine' }), 412)
    assert.equal(await statusOf(admin, 'PATCH', path, after[2]!, { remark: 'mine' }), 200)
    assert.equal(await statusOf(owner, 'PATCH', path, before[0]!, { name: 'b' }), 200)
  })

  it('SQL by hand is counted as well, and cannot set the version', async () => {
    const { id } = await stage.make('/counters')
    const old = await stage.etag(owner, `/counters/${id}`)
    await stage.world.sql('update counters set total = total + 1 where id = $1', [id])
    await stage.world.sql('update counters set version = 90, total = total where id = $1', [id])
    const { body } = await stage.call(owner, 'GET', `/counters/${id}`)
    assert.deepEqual([body.total, body.version], [1, 2])
    assert.equal(await statusOf(owner, 'PATCH', `/counters/${id}`, old, { name: 'z' }), 412)
    const written = await stage.call(owner, 'PATCH', `/counters/${id}`, { body: { version: 1, name: 'z' } })
    assert.equal(written.status, 422)
  })

  it('is of one answer: a tag of some fields, or with related records, goes with the same query', async () => {
    for (const table of ['counters', 'letters']) {
      const { id } = await stage.make(`/${table}`)
      const path = `/${table}/${id}?fields=name`
      const tag = await stage.etag(owner, path)
      assert.match(tag, /^"[\w-]{27}"$/)
      assert.equal(await statusOf(owner, 'PATCH', `/${table}/${id}`, tag, { name: 'y' }), 412)
      assert.equal(await statusOf(owner, 'PATCH', path, tag, { name: 'y' }), 200)
      assert.equal(await statusOf(owner, 'PATCH', path, tag, { name: 'z' }), 412)
    }
    const { id } = await stage.make('/counters')
    const path = `/counters/${id}`
    assert.equal(await statusOf(owner, 'PATCH', path, await stage.etag(owner, `${path}?include=user`), { name: 'y' }), 200) // prettier-ignore
  })
})
