import assert from 'node:assert/strict'
import type { Json } from '../helpers/world'
import { Stage, VALUES } from './stage'

describe('A write of the values that a record has already', () => {
  let stage: Stage
  let record: Json
  before(async () => {
    stage = await Stage.open()
  })
  after(() => stage?.world.close())
  beforeEach(async () => {
    record = await stage.begin()
  })

  const patch = (body: object, more = {}) => stage.call('PATCH', stage.path, { body, ...more })

  it('changes nothing by a PATCH, whatever the type of the field', async () => {
    for (const [name, value] of Object.entries(VALUES)) {
      const { status, body } = await stage.unchanged(() => patch({ [name]: value }))
      assert.deepEqual([status, body], [200, record], name)
    }
    const { headers, body } = await stage.unchanged(() => patch(VALUES))
    assert.deepEqual(body, record)
    assert.match(headers.get('x-rachis-tx')!, /^\d+$/, 'as of any write')
  })

  it('is one as well where it is spelled otherwise', async () => {
    for (const body of [
      { code: 'OAK' },
      { due: '2026-01-31T11:00:00.500+01:00' },
      { data: { b: [{ c: null }], a: 1 } },
      { ref: VALUES.ref.toUpperCase() }
    ])
      assert.deepEqual((await stage.unchanged(() => patch(body))).body, record, JSON.stringify(body))
  })

  it('is none where one value is another one, also null or another order of a list', async () => {
    let version = record.version as number
    for (const body of [{ ...VALUES, amount: 1.51 }, { day: null }, { tags: ['b', 'a'] }, { data: { a: '1' } }]) {
      const { updated_at: before } = (await stage.call('GET', stage.path)).body
      const { body: changed } = await patch(body)
      assert.equal(changed.version, ++version)
      assert.notEqual(changed.updated_at, before)
      assert.deepEqual(await stage.told(), ['leaves patched', 'leaves patched'])
    }
  })

  it('changes nothing by a PUT, over a filter, in a batch, by an import, over a socket', async () => {
    const { person, admin } = { person: stage.cast.owner, admin: stage.cast.admin }
    const put = await stage.unchanged(() => stage.call('PUT', stage.path, { body: VALUES }))
    assert.deepEqual([put.status, put.body], [200, record])
    const many = await stage.unchanged(() => stage.call('PATCH', '/leaves?code=oak', { body: { title: 'Oak' } }))
    assert.deepEqual([many.status, many.body], [200, [record]])
    const operations = [{ method: 'PATCH', path: stage.path, body: { title: 'Oak' } }]
    const batch = await stage.unchanged(() => stage.call('POST', '/batch', { body: { operations } }))
    assert.deepEqual(batch.body.results[0], { status: 200, body: record })
    const headers = { 'Content-Type': 'text/csv' }
    const file = await stage.unchanged(() => stage.call('POST', '/leaves/import?upsert=code', { raw: 'code,title\noak,Oak', headers }))
    assert.deepEqual([file.status, file.body.updated, file.body.unchanged], [200, 0, 1])
    const socket = await stage.world.socket(person)
    assert.deepEqual(await stage.unchanged(() => socket.call('patch', 'leaves', stage.id, { title: 'Oak' })), record)
    const empty = await stage.unchanged(() => stage.world.app.service('leaves' as never as 'tasks').patch(stage.id, {}))
    assert.equal(empty.id, stage.id)
    const quiet = await stage.unchanged(() => patch({ title: 'Oak' }, { person: admin, headers: { Prefer: 'return=minimal' } }))
    assert.deepEqual([quiet.status, quiet.body], [204, ''])
  })

  it('changes the others of several records only', async () => {
    const { body: other } = await stage.call('POST', '/leaves', { body: { ...VALUES, code: 'elm', title: 'Elm' } })
    await stage.told()
    const { body } = await stage.call('PATCH', '/leaves?code[$in][]=oak&code[$in][]=elm', { body: { title: 'Elm' } })
    const [oak, elm] = ['oak', 'elm'].map((code) => body.find((one: Json) => one.code === code))
    assert.deepEqual([oak.version, elm], [2, other])
    assert.deepEqual(await stage.told(), ['leaves patched', 'leaves patched'])
  })

  it('is asked for its rights and its preconditions as any other', async () => {
    const stranger = stage.cast.stranger
    for (const title of ['Oak', 'Elm']) {
      const denied = await stage.unchanged(() => patch({ title }, { person: stranger }))
      assert.equal(denied.status, 403)
      const stale = await stage.unchanged(() => patch({ title }, { headers: { 'If-Match': '"7"' } }))
      assert.equal(stale.status, 412)
      const anonymous = await stage.unchanged(() => patch({ title }, { person: stage.cast.anonymous }))
      assert.equal(anonymous.status, 401)
    }
    const matched = await stage.unchanged(() => patch({ title: 'Oak' }, { headers: { 'If-Match': '"1"' } }))
    assert.deepEqual([matched.status, matched.body], [200, record])
    const remark = await stage.unchanged(() => patch({ remark: null }))
    assert.equal(remark.status, 403, 'of a field that they may not write')
  })

  it('tells of no step and of no action, which tell of what they change', async () => {
    const same = await stage.unchanged(() => patch({ status: 'green' }))
    assert.deepEqual([same.status, same.body], [200, record])
    const done = await stage.unchanged(() => stage.call('POST', `${stage.path}/rewrite`, { body: {} }))
    assert.equal(done.status, 200)
    assert.equal((await patch({ status: 'brown', title: 'Oak' })).body.version, 2)
    assert.deepEqual(new Set(await stage.told()), new Set(['leaves patched', 'leaves wither']))
  })

  it('is not told of what others do not read either, while a change of that is in the history', async () => {
    const { admin } = stage.cast
    await patch({ remark: 'x', title: 'Oak' }, { person: admin })
    assert.deepEqual(await stage.told(), [])
    assert.deepEqual((await stage.call('GET', stage.path)).body, record)
    await stage.unchanged(() => patch({ remark: 'x' }, { person: admin }))
    const { body } = await stage.call('GET', `${stage.path}/history`, { person: admin })
    assert.deepEqual(body.data[0].changes, { remark: { from: null, to: 'x' } })
  })

  it('is none by SQL of any program either', async () => {
    await stage.unchanged(() => stage.world.sql('update leaves set title = title, amount = 1.50 where id = $1', [stage.id]))
    await stage.world.sql(`update leaves set title = 'Elm' where id = $1`, [stage.id])
    assert.deepEqual(await stage.told(), ['leaves patched', 'leaves patched'])
  })
}) // prettier-ignore
