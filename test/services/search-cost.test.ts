import assert from 'node:assert/strict'
import { parseSearchText, RANKED } from '../../packages/rachis/src/sql/search'
import { targetOf } from '../../packages/rachis/src/service/target'
import { select } from '../../packages/rachis/src/sql/statements'
import { onServer } from '../helpers/database'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { selected, typesOf } from '../compilers/predicates'

const TASKS = `insert into tasks (user_id, title, description)
  select $1::bigint, 'Task ' || n || ' common', repeat('filler ' || md5(n::text) || ' ', 10) || $2 from generate_series(1, $3::int) n`

describe('the cost of a search', () => {
  let world: World
  let owner: Person
  let other: Person
  const find = async (person: Person, query: string): Promise<Json> => (await world.rest(person, 'GET', `/tasks?${query}`)).body // prettier-ignore
  /** The plan of the statement that a search of this person runs. */
  const planOf = async (words: string, person?: Person): Promise<string> => {
    const model = world.app.get('engine').models.find(({ name }) => name === 'tasks')!
    const search = parseSearchText(words)!
    const rule = person ? { user_id: person.id } : {}
    const query = { $search: search, ...rule, $rank: search, $limit: 50 }
    const { text, values } = select(targetOf(model), selected(query, typesOf(model.fields)))
    // In a session of its own, which has the setting of the database.
    const { rows } = await onServer((client) => client.query<Record<'QUERY PLAN', string>>(`explain ${bound(text, values)}`), { connectionString: world.database }) // prettier-ignore

    return rows.map((row) => row['QUERY PLAN']).join('\n')
  }
  const bound = (text: string, values: readonly unknown[]) =>
    text.replace(/\$(\d+)/g, (_, at) => `'${String(values[Number(at) - 1])}'`)

  before(async () => {
    world = await startWorld()
    ;({ owner, stranger: other } = await world.cast())
    await world.sql(TASKS, [owner.id, '', 40])
    await world.sql(TASKS, [other.id, 'needle', 2000])
    await world.sql('analyze tasks')
    // Of a few thousand rows, reading all is cheapest; the test is about which index there is for more.
    const setting = `'alter database %I set enable_seqscan = off', current_database()`
    await world.sql(`do $$ begin execute format(${setting}); end $$`)
  })
  after(() => world.close())

  it('is never that of reading whole texts: no vector is computed from one, and no likeness measured to one', async () => {
    for (const person of [owner, other])
      for (const words of ['common', 'needle', 'nothing like that anywhere', 'nedle']) {
        const plan = await planOf(words, person)
        assert.doesNotMatch(plan, /to_tsvector|description/, plan)
        assert.match(plan, /_search/)
      }
  })

  it('is bounded by the rows of the caller, or by the rows that are found, whichever are fewer', async () => {
    assert.match(await planOf('needle', owner), /Index Scan (using|on) tasks_user_id/, 'forty of their own, many of others')
    assert.match(await planOf('task 77 cmmon'), /Bitmap Index Scan on tasks_search/, 'few are found')
    assert.equal((await find(owner, 'search=needle')).total, 0)
    assert.equal((await find(other, 'search=needle&limit=1')).total, 2000)
  }) // prettier-ignore

  it('is no more than the ranking of so many: what finds more comes in the order of ids', async () => {
    const ranked = await find(other, 'search=common&limit=2')
    assert.equal(ranked.total, 2000)
    await world.sql(TASKS, [other.id, 'common common common', 1])
    const [best] = (await find(other, 'search=common&limit=1')).data
    assert.match(best.description, /common common common/, 'ranked')
    await world.sql(TASKS, [other.id, '', RANKED - 2000])
    const all = await find(other, 'search=common&limit=3')
    assert.equal(all.total, RANKED + 1)
    const ids = all.data.map(({ id }: Json) => id)
    const [first] = await world.sql('select min(id)::int as id from tasks where user_id = $1', [other.id])
    assert.deepEqual(ids, [first!.id, first!.id + 1, first!.id + 2])
    const last = await find(other, `search=common&limit=1&skip=${RANKED}`)
    assert.equal(last.data.length, 1, 'every page is there')
  })

  it('is paid when a record is written, of which nobody is told', async () => {
    const socket = await world.socket(owner)
    const made = (await world.rest(owner, 'POST', '/tasks', { body: { title: 'Quokka' } })).body
    const changed = (await world.rest(owner, 'PATCH', `/tasks/${made.id}`, { body: { title: 'Wombat' } })).body
    const [created, patched] = await Promise.all(['created', 'patched'].map((name) => socket.event(`tasks ${name}`))) // prettier-ignore
    const history = (await world.rest(owner, 'GET', `/tasks/${made.id}/history`)).body
    const feed = await world.sql(`select before, after from changes where resource = 'tasks' and record_id = $1`, [made.id]) // prettier-ignore
    for (const told of [made, changed, created, patched, history, feed])
      assert.doesNotMatch(JSON.stringify(told), /_search/)
    assert.deepEqual((await find(owner, 'search=wombat')).data.map(({ id }: Json) => id), [made.id])
    assert.equal((await find(owner, 'search=quokka')).total, 0)
    for (const query of ['_search=a', '_search_text=a', 'fields=_search', 'sort=_search_text', '_search_text[$ilike]=%25a'])
      assert.equal((await world.rest(owner, 'GET', `/tasks?${query}`)).status, 400, query)
    const written = await world.rest(owner, 'PATCH', `/tasks/${made.id}`, { body: { _search_text: 'x' } })
    assert.equal(written.status, 422)
    assert.doesNotMatch(await (await fetch(`${world.url}/openapi.json`)).text(), /_search_text/)
  }) // prettier-ignore
})
