import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { crm } from '../examples/crm'
import type { Answer, Json, Listener, Person } from '../helpers/world'
import { statementsOf } from '../helpers/statements'
import { anonymous } from '../helpers/world'
import type { Crm } from './crm'
import { openCrm } from './crm'

const FOLDER = path.join(__dirname, '../examples/crm')
const OURS = ['companies', 'contacts', 'deals', 'notes', 'team-members', 'teams']

describe('a CRM', () => {
  let { world, second, people, red, blue, acme, deal, theirs, call, make, join, settled } = {} as Crm
  before(async () => {
    ;({ world, second, people, red, blue, acme, deal, theirs, call, make, join, settled } = await openCrm())
  })
  after(async () => {
    await second.close(true)
    await world.close()
  })

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
    assert.equal(files.length, crm.length + 1, 'and who works here')
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

  it('reads the parents of many notes by one statement for each level, and none where the rule follows none', async () => {
    const another = await make('/deals', { title: 'Bolts', amount: 1, company_id: acme.id }, people.owner)
    const body = Array.from({ length: 60 }, (_, index) => ({ body: `Note ${index}`, deal_id: [deal.id, another.id][index % 2] })) // prettier-ignore
    const create = async (url: string, person: Person, data: unknown) =>
      assert.equal((await world.rest(person, 'POST', url, { body: data })).status, 201)
    const held = (work: () => Promise<unknown>) => statementsOf(work, /for share/)
    const texts = await held(() => create('/notes', people.owner, body))
    assert.deepEqual(
      texts.map((text) => /from "(\w+)"/.exec(text)![1]),
      ['deals', 'companies']
    )
    assert.deepEqual(await held(() => create('/companies', people.owner, { name: 'Cogs', team_id: red.id })), []) // prettier-ignore
    assert.equal((await held(() => create('/notes', people.admin, body.slice(0, 1)))).length, 1, 'an admin may read every company') // prettier-ignore
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

  it("shows everybody's name, and their email to themselves and admins alone", async () => {
    const { owner, lead, stranger, admin } = people
    const shown = async (person: Person, query = '') => (await call(person, 'GET', `/users/${lead.id}${query}`)).body // prettier-ignore
    for (const person of [owner, stranger])
      assert.deepEqual([(await shown(person)).username, 'email' in (await shown(person))], ['lead', false])
    assert.deepEqual([(await shown(lead)).email, (await shown(admin)).email], [lead.email, lead.email])
    const found = async (person: Person) =>
      (await call(person, 'GET', `/users?email=${lead.email}`)).body.data
    assert.deepEqual([(await found(owner)).length, (await found(lead)).length, (await found(admin)).length], [0, 1, 1]) // prettier-ignore
    assert.equal((await call(anonymous, 'GET', `/users/${lead.id}`)).status, 401)
    const note = await make('/notes', { body: 'Signed', deal_id: deal.id }, lead)
    const included = (await call(owner, 'GET', `/notes/${note.id}?include=user`)).body.user
    assert.deepEqual([included.username, 'email' in included], ['lead', false])
    const [hers, his, chief] = [await world.socket(lead), await second.socket(owner), await second.socket(admin)] // prettier-ignore
    assert.equal('email' in (await his.call('get', 'users', lead.id)), false)
    await world.sql(`update users set first_name = 'Lea' where id = $1`, [lead.id])
    const told = async (socket: Listener) => (await socket.event('users patched', ({ id }) => id === lead.id)).data // prettier-ignore
    assert.deepEqual([(await told(hers)).email, (await told(chief)).email], [lead.email, lead.email])
    assert.deepEqual([(await told(his)).first_name, 'email' in (await told(his))], ['Lea', false])
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
})
