import assert from 'node:assert/strict'
import { defineResource, text } from '../../packages/rachis/src/declare'
import { createSql, downOf, planOf, upOf } from '../../packages/rachis/src/database/plan/plan'
import { lower } from '../../packages/rachis/src/model/lower'
import type { Answer, Person } from '../helpers/world'
import { Stage } from './stage'

const codeOf = ({ status, body }: Answer) => [status, body.error?.code]
const FAILED = [412, 'PRECONDITION_FAILED']

describe('Preconditions, by every way of writing', () => {
  let stage: Stage
  let owner: Person

  before(async () => {
    stage = await Stage.open()
    owner = stage.cast.owner!
  })
  after(() => stage.world.close())

  it('are required where the declaration says so', async () => {
    const { id } = await stage.make('/contracts')
    const path = `/contracts/${id}`
    const before = await stage.state('contracts', id)
    for (const method of ['PATCH', 'PUT', 'DELETE'])
      assert.deepEqual(codeOf(await stage.write(owner, method, path, {}, method === 'DELETE' ? undefined : { name: 'z' })), [428, 'PRECONDITION_REQUIRED']) // prettier-ignore
    assert.deepEqual(await stage.state('contracts', id), before)
    assert.equal((await stage.write(owner, 'PATCH', path, '"1"', { name: 'z' })).status, 200)
  })

  it('are asked before steps and actions, and refused where no record can be held', async () => {
    const { id } = await stage.make('/counters')
    const path = `/counters/${id}`
    const before = await stage.state('counters', id)
    for (const [way, body] of [
      ['/rename', { name: 'z' }],
      ['/close', {}]
    ] as const)
      assert.deepEqual(codeOf(await stage.write(owner, 'POST', path + way, '"7"', body)), FAILED)
    assert.deepEqual(codeOf(await stage.write(owner, 'PATCH', path, '"7"', { status: 'closed' })), FAILED)
    for (const [method, place, body] of [['POST', `${path}/ring`, {}], ['POST', `${path}/restore`, {}], ['POST', '/counters', { name: 'z' }], ['PATCH', '/counters?status=open', { name: 'z' }]] as const) // prettier-ignore
      assert.deepEqual(codeOf(await stage.write(owner, method, place, '"1"', body)), [400, 'BAD_REQUEST'], place) // prettier-ignore
    assert.deepEqual(await stage.state('counters', id), before)
    assert.equal((await stage.write(owner, 'POST', `${path}/rename`, '"1"', { name: 'z' })).body.version, 2)
    assert.equal((await stage.write(owner, 'POST', `${path}/close`, '"2"', {})).body.version, 3)
  })

  it('are asked over sockets by the version, which events tell', async () => {
    const { id } = await stage.make('/counters')
    await stage.world.settled()
    const socket = await stage.world.socket(owner)
    const done = (await socket.call('patch', 'counters', id, { name: 'y' }, { $if_match: 1 })) as any
    assert.equal(done.version, 2)
    await assert.rejects(socket.call('patch', 'counters', id, { name: 'z' }, { $if_match: 1 }), (error: any) => error.code === 412) // prettier-ignore
    await stage.world.settled()
    const [row] = await stage.world.sql(`select after ->> 'version' as version from changes where resource = 'counters' and record_id = $1 order by id desc limit 1`, [String(id)]) // prettier-ignore
    assert.equal(row!.version, '2')
  })

  it('are asked of one operation of a batch, and an answer that is remembered is given all the same', async () => {
    const { id } = await stage.make('/counters')
    const path = `/counters/${id}`
    const send = (tag: string) =>
      stage.call(owner, 'POST', '/batch', { body: { operations: [{ method: 'PATCH', path, body: { name: 'y' }, if_match: tag }] } }) // prettier-ignore
    assert.deepEqual(codeOf(await send('"7"')), FAILED)
    assert.equal((await send('"1"')).status, 200)
    const headers = { 'If-Match': '"2"', 'Idempotency-Key': 'preconditions-1' }
    for (const replayed of [null, 'true']) {
      const answer = await stage.call(owner, 'PATCH', path, { body: { name: 'x' }, headers })
      assert.deepEqual([answer.body.version, answer.headers.get('idempotency-replayed')], [3, replayed])
    }
  })

  it('may be times, and tags that the record must not have', async () => {
    const { id } = await stage.make('/contracts')
    const path = `/contracts/${id}`
    const { headers } = await stage.call(owner, 'GET', path)
    const modified = headers.get('last-modified')!
    assert.ok(Date.parse(modified) > 0)
    assert.equal((await stage.call(owner, 'GET', path, { headers: { 'If-Modified-Since': modified } })).status, 304) // prettier-ignore
    assert.equal((await stage.call(owner, 'GET', path, { headers: { 'If-Match': '"x"' } })).status, 412)
    const letter = await stage.make('/letters')
    const write = (condition: Record<string, string>) => stage.write(owner, 'PATCH', `/letters/${letter.id}`, condition, { name: 'z' }) // prettier-ignore
    assert.deepEqual(codeOf(await write({ 'If-Unmodified-Since': 'Sat, 01 Jan 2000 00:00:00 GMT' })), FAILED)
    assert.deepEqual(codeOf(await write({ 'If-None-Match': '*' })), FAILED)
    assert.equal((await write({ 'If-None-Match': '"x"' })).status, 200)
    for (const none of ['no date', '0', '2000-01-01', '2000-01-01T00:00:00Z'])
      assert.equal((await write({ 'If-Unmodified-Since': none })).status, 200, none)
  })

  it('an existing table gets its versions by a migration, which can be taken back', async () => {
    const declared = (versioned: boolean) => lower(defineResource('ledgers', { versioned, fields: { name: text() }, access: {} }) as never).table! // prettier-ignore
    const [plain, versioned] = [declared(false), declared(true)]
    await stage.world.sql(createSql([plain]).join(';'))
    await stage.world.sql(`insert into ledgers (name) values ('a')`)
    const { steps, refused } = planOf([plain], [versioned])
    assert.deepEqual(refused, [])
    await stage.world.sql(upOf(steps).join(';'))
    const [row] = await stage.world.sql(`update ledgers set name = 'b' returning version::int`)
    assert.equal(row!.version, 2)
    await stage.world.sql(downOf(steps).join(';'))
    assert.equal((await stage.world.sql(`update ledgers set name = 'c' returning *`))[0]!.version, undefined)
  })
})
