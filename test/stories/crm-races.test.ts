import assert from 'node:assert/strict'
import { SqlConnection } from '../../packages/rachis/src/testing/conformance/tables'
import type { Answer } from '../helpers/world'
import type { Crm } from './crm'
import { openCrm } from './crm'

describe('a CRM in which others write at the same time', () => {
  let hand: SqlConnection
  let eye: SqlConnection
  let { world, people, red, blue, acme, deal, call, settled } = {} as Crm
  let close: Crm['close']
  before(async () => {
    ;({ world, people, red, blue, acme, deal, call, settled, close } = await openCrm())
    hand = await SqlConnection.to(world.database)
    eye = await SqlConnection.to(world.database)
  })
  after(async () => {
    await hand.end()
    await eye.end()
    await close()
  })

  /** Resolves once so many statements of this database wait for a lock. */
  const waiting = async (count: number) => {
    const text = `select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    while ((await eye.sql(text))[0]!.waiting < count) await new Promise(setImmediate)
  }
  const LOST = 'update companies set team_id = $2 where id = $1'
  const writes: Record<string, () => Promise<Answer>> = {
    'a creation': () => call(people.owner, 'POST', '/notes', { body: 'Late', deal_id: deal.id }),
    'a change': () => call(people.owner, 'PATCH', `/deals/${deal.id}`, { title: 'Late' }),
    'a step': () => call(people.owner, 'POST', `/deals/${deal.id}/win`, {})
  }
  for (const [name, write] of Object.entries(writes))
    it(`waits with ${name} for who takes the company away, and then refuses it`, async () => {
      const [{ last }] = (await world.sql('select max(id)::int as last from changes')) as [{ last: number }]
      await hand.sql('begin')
      await hand.sql(LOST, [acme.id, blue.id])
      const answer = write()
      await waiting(1)
      await hand.sql('commit')
      assert.ok([403, 404, 409].includes((await answer).status), JSON.stringify((await answer).body))
      await world.sql(LOST, [acme.id, red.id])
      await settled()
      const changed = await world.sql('select distinct resource from changes where id > $1', [last])
      assert.deepEqual(changed, [{ resource: 'companies' }])
      const [row] = await world.sql(`select title, status, (select count(*)::int from notes where body = 'Late') as late from deals where id = $1`, [deal.id]) // prettier-ignore
      assert.deepEqual(row, { title: 'Engines', status: 'open', late: 0 })
    })

  it('lets nobody take the company away while a note of one of its deals is written', async () => {
    await hand.sql('begin')
    await hand.sql('lock table notes in share mode')
    const note = call(people.owner, 'POST', '/notes', { body: 'In time', deal_id: deal.id })
    await waiting(1)
    const move = world.sql(LOST, [acme.id, blue.id])
    await waiting(2)
    await hand.sql('commit')
    assert.equal((await note).status, 201)
    await move
    const [first] = await world.sql(`select (select max(id) from changes where resource = 'notes') < (select max(id) from changes where resource = 'companies') as is_first`) // prettier-ignore
    assert.equal(first!.is_first, true)
    await world.sql(LOST, [acme.id, red.id])
    await settled()
  })
})
