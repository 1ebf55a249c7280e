import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Hand } from '../conformance/tables'
import { crm } from '../examples/crm'
import type { Answer, Json, Listener, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

const FOLDER = path.join(__dirname, '../examples/crm')
const OURS = ['companies', 'contacts', 'deals', 'notes', 'team-members', 'teams']

describe('a CRM', () => {
  let world: World
  let second: World
  let people: Record<'owner' | 'stranger' | 'manager' | 'admin' | 'lead' | 'other', Person>
  let red: Json
  let blue: Json
  let acme: Json
  let deal: Json
  let theirs: Json

  const call = (person: Person, method: string, url: string, body?: Json, at = world): Promise<Answer> =>
    at.rest(person, method, url, { body })
  const make = async (url: string, body: Json, person: Person = people.admin): Promise<Json> => {
    const answer = await call(person, 'POST', url, body)
    assert.equal(answer.status, 201, JSON.stringify(answer.body))

    return answer.body
  }
  const join = (team: Json, person: Person, by = people.admin, rank = 'member') =>
    make('/team-members', { team_id: team.id, user_id: person.id, rank }, by)

  before(async () => {
    world = await startWorld({ resources: crm })
    second = await startWorld({ resources: crm, database: world.database })
    const [cast, lead, other] = await Promise.all([
      world.cast(),
      world.register('lead'),
      world.register('other')
    ])
    people = { ...cast, lead, other }
    red = await make('/teams', { name: 'Red' })
    blue = await make('/teams', { name: 'Blue' })
    await join(red, people.lead, people.admin, 'lead')
    await join(red, people.owner)
    await join(blue, people.other)
    await settled()
    acme = await make('/companies', { name: 'Acme', team_id: red.id }, people.owner)
    deal = await make('/deals', { title: 'Engines', amount: 10, company_id: acme.id }, people.owner)
    const bolt = await make('/companies', { name: 'Bolt', team_id: blue.id }, people.other)
    theirs = await make('/deals', { title: 'Wheels', amount: 5, company_id: bolt.id }, people.other)
    await settled()
  })
  after(async () => {
    await second.close(true)
    await world.close()
  })

  const settled = async () => {
    await world.settled()
    await second.settled()
  }
  /** All rows and the feed, so that a refused write shows if it left anything. */
  const state = () =>
    world.sql(`select (select count(*) from notes)::int as notes, (select count(*) from contacts)::int as contacts,
      (select md5(string_agg(d::text, '' order by id)) from deals d) as deals, (select max(id)::int from changes) as last`)
  const leavesNothing = async (work: () => Promise<unknown>) => {
    const before = await state()
    await work()
    assert.deepEqual(await state(), before)
  }
  const told = async (socket: Listener) =>
    (await socket.drained()).filter((name) => OURS.includes(name.split(' ')[0]!))

  it('is declared in at most 25 lines a resource', () => {
    const files = readdirSync(FOLDER).filter((file) => file !== 'index.ts')
    assert.equal(files.length, crm.length)
    for (const file of files) {
      const [, declaration = ''] = readFileSync(path.join(FOLDER, file), 'utf8').split(
        /^export const \w+ = /m
      )
      const [body = ''] = declaration.split(/^\}\)$/m)
      assert.ok(body.split('\n').length <= 25, `${file}: ${body.split('\n').length}`)
    }
  })

  it('shows the deals of a team to its members, who change them, and to nobody else', async () => {
    const statuses = async (method: string, url: string, body?: Json) => {
      const answers: number[] = []
      for (const person of [anonymous, people.stranger, people.other, people.owner, people.lead])
        answers.push((await call(person, method, url, body)).status)

      return answers
    }
    const { stranger, other, manager } = people
    assert.deepEqual(await statuses('GET', `/deals/${deal.id}`), [401, 403, 404, 200, 200])
    await leavesNothing(async () => {
      for (const person of [stranger, other, manager]) {
        assert.ok([403, 404].includes((await call(person, 'PATCH', `/deals/${deal.id}`, { title: 'Mine' })).status)) // prettier-ignore
        assert.ok([403, 404].includes((await call(person, 'POST', `/deals/${deal.id}/win`, {})).status))
        assert.ok([403, 404].includes((await call(person, 'PATCH', `/deals/${deal.id}`, { status: 'won' })).status)) // prettier-ignore
      }
    })
    assert.deepEqual(await statuses('PATCH', `/deals/${deal.id}`, { amount: 11 }), [401, 403, 404, 200, 200])
    const found = await Promise.all([other, people.owner].map((one) => call(one, 'GET', '/deals')))
    assert.deepEqual(found.map(({ body }) => body.data.map(({ title }: Json) => title)), [['Wheels'], ['Engines']]) // prettier-ignore
    const socket = await second.socket(people.owner)
    assert.equal((await socket.call('patch', 'deals', deal.id, { amount: 12 })).amount, 12)
    assert.equal((await (await world.socket(other)).refusal('patch', 'deals', deal.id, { amount: 1 })).code, 404) // prettier-ignore
  })

  it('takes a note of whoever may read its deal, and of nobody else', async () => {
    const [hears, deaf] = [await second.socket(people.lead), await world.socket(people.other)]
    const note = await make('/notes', { body: 'Called', deal_id: deal.id }, people.owner)
    assert.deepEqual((await hears.event('notes created')).data, note)
    await leavesNothing(async () => {
      const unknown = await call(people.other, 'POST', '/notes', { body: 'x', deal_id: 987_654 })
      const unreadable = await call(people.other, 'POST', '/notes', { body: 'x', deal_id: deal.id })
      const said = ({ status, body }: Answer) => [
        status,
        body.error.code,
        body.error.field,
        body.error.message
      ]
      assert.deepEqual(
        said(unreadable),
        said(unknown),
        'a deal that they may not see is one that is not there'
      )
      assert.equal(unreadable.body.error.code, 'MISSING_REFERENCE')
      const list = [
        { body: 'Theirs', deal_id: theirs.id },
        { body: 'Ours', deal_id: deal.id }
      ]
      assert.equal((await world.rest(people.other, 'POST', '/notes', { body: list })).status, 409, 'one of a list is enough') // prettier-ignore
      assert.equal((await call(anonymous, 'POST', '/notes', { body: 'x', deal_id: deal.id })).status, 401)
      assert.equal((await deaf.refusal('create', 'notes', { body: 'x', deal_id: deal.id })).code, 409)
      assert.equal(
        (await call(people.stranger, 'POST', '/notes', { body: 'x', deal_id: deal.id })).status,
        403
      )
    })
    await settled()
    assert.deepEqual(await told(deaf), [])
    assert.deepEqual([(await call(people.other, 'GET', `/notes/${note.id}`)).status, (await call(people.lead, 'GET', `/notes/${note.id}`)).status], [404, 200]) // prettier-ignore
  })

  it('lets its writer change a note, and whoever may change the deal pin it', async () => {
    const note = await make('/notes', { body: 'Draft', deal_id: deal.id }, people.owner)
    const at = `/notes/${note.id}`
    await leavesNothing(async () => {
      assert.equal((await call(people.lead, 'PATCH', at, { body: 'Not mine' })).status, 403, 'they see it')
      assert.equal((await call(people.other, 'PATCH', at, { body: 'Not mine' })).status, 404)
      assert.equal((await call(people.other, 'POST', `${at}/pin`, {})).status, 404)
      assert.equal((await call(people.other, 'DELETE', at)).status, 404)
      const moved = await call(people.owner, 'PATCH', at, { deal_id: theirs.id })
      assert.equal(moved.body.error.code, 'MISSING_REFERENCE', 'not to a deal that they may not read')
    })
    assert.equal((await call(people.owner, 'PATCH', at, { body: 'Final' })).status, 200)
    assert.equal((await call(people.lead, 'POST', `${at}/pin`, {})).body.is_pinned, true)
    const socket = await world.socket(people.owner)
    const another = await make('/deals', { title: 'More', amount: 1, company_id: acme.id }, people.owner)
    assert.equal((await call(people.owner, 'PATCH', at, { deal_id: another.id })).status, 200)
    assert.equal((await call(people.owner, 'DELETE', at)).status, 200)
    assert.equal((await socket.event('notes removed')).data.id, note.id)
  })

  it('tells whoever joins or leaves a team the difference within a second', async () => {
    const note = await make('/notes', { body: 'For the team', deal_id: deal.id }, people.owner)
    await settled()
    const sockets = [await world.socket(people.stranger), await second.socket(people.stranger)]
    const untouched = await world.socket(people.other)
    const start = Date.now()
    const membership = await join(red, people.stranger, people.lead)
    for (const socket of sockets) {
      for (const [list, record] of [
        ['companies', acme],
        ['deals', deal],
        ['notes', note]
      ] as const)
        await socket.event(`${list} created`, ({ id }) => id === record.id)
    }
    assert.equal((await call(people.stranger, 'POST', '/notes', { body: 'Hello', deal_id: deal.id }, second)).status, 201) // prettier-ignore
    await world.sql('delete from team_members where id = $1', [membership.id])
    for (const socket of sockets) {
      for (const [list, record] of [['companies', acme], ['deals', deal], ['notes', note]] as const)
        assert.deepEqual((await socket.event(`${list} removed`, ({ id }) => id === record.id)).data, { id: record.id }) // prettier-ignore
    }
    assert.ok(Date.now() - start < 2000, `${Date.now() - start} ms for both`)
    await leavesNothing(async () => {
      const late = await call(people.stranger, 'POST', '/notes', { body: 'Late', deal_id: deal.id }, second)
      assert.ok([403, 409].includes(late.status))
    })
    await settled()
    assert.deepEqual(
      (await told(untouched)).filter((name) => !name.startsWith('team')),
      []
    )
  })

  it('takes along what follows a company that changes hands', async () => {
    const note = await make('/notes', { body: 'Moves', deal_id: deal.id }, people.owner)
    await settled()
    const [loser, gainer] = [await world.socket(people.owner), await second.socket(people.other)]
    await world.sql('update companies set team_id = $2 where id = $1', [acme.id, blue.id])
    await loser.event('notes removed', ({ id }) => id === note.id)
    await gainer.event('notes created', ({ id }) => id === note.id)
    assert.equal((await call(people.owner, 'POST', '/notes', { body: 'x', deal_id: deal.id })).status, 409)
    assert.equal((await call(people.other, 'PATCH', `/deals/${deal.id}`, { amount: 3 })).status, 200)
    await world.sql('update companies set team_id = $2 where id = $1', [acme.id, red.id])
    await settled()
  })

  describe('at the same time', () => {
    let hand: Hand
    let eye: Hand
    before(async () => {
      hand = await Hand.to(world.database)
      eye = await Hand.to(world.database)
    })
    after(async () => {
      await hand.end()
      await eye.end()
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
        const last = (await state())[0]!.last
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
})
