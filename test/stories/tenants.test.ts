import assert from 'node:assert/strict'
import { accounts } from 'rachis/accounts'
import { createApp, Type } from 'rachis'
import type { AnyResource } from 'rachis'
import { conformance, startTestApp } from 'rachis/testing'
import type { TestApp } from 'rachis/testing'
import { ofOrganisations, resources } from '../examples/tenants'
import { DEPTH, isDeep } from '../helpers/depth'
import type { Json } from '../helpers/world'

const TENANTED = {
  createApp: (options: object = {}) =>
    createApp({ resources, modules: [accounts, ofOrganisations], root: __dirname, ...options }),
  unmigrated: resources
}
const of = (name: string) => resources.find((resource) => resource.name === name)!

describe('two tenants', () => {
  let app: TestApp
  let red: Json
  let blue: Json
  let project: Json
  let theirs: Json
  /** Ann leads the red organisation, and Bob the blue one. */
  const [ann, bob] = ['ann', 'bob']
  const make = async (who: string, path: string, body: Json) => {
    const answer = await app.as(who).post(path, body)
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    return answer.body as Json
  }
  const join = async (tenant: Json, who: string, rank: string) =>
    make('admin', '/organisation-members', { organisation_id: tenant.id, user_id: (await app.person(who)).id, rank }) // prettier-ignore
  before(async () => {
    app = await startTestApp(TENANTED)
    red = await make('admin', '/organisations', { name: 'Red' })
    blue = await make('admin', '/organisations', { name: 'Blue' })
    await join(red, ann, 'lead')
    await join(blue, bob, 'lead')
    await app.settled()
    project = await make(ann, '/projects', { code: 'A', name: 'Anvil', organisation_id: red.id })
    // What is unique is so within an organisation: nobody learns what another has.
    theirs = await make(bob, '/projects', { code: 'A', name: 'Boat', organisation_id: blue.id })
  })
  after(() => app.close())

  it('see nothing of each other over REST, by whatever address', async () => {
    const [mine, others] = [await make(ann, '/entries', { what: 'Drill', minutes: 5, project_id: project.id }), app.as(bob)] // prettier-ignore
    for (const path of ['/projects', '/projects?search=anvil', `/projects?organisation_id=${red.id}`, '/entries', '/entries?project.name=Anvil', '/organisation-members']) {
      const { status, body } = await others.get(path)
      assert.equal(status, 200, path)
      assert.ok((body.data as Json[]).every((record) => record.organisation_id === blue.id), path)
    } // prettier-ignore
    assert.deepEqual((await others.get('/projects/aggregate?count=*')).body.data, [
      { group: {}, count: { '*': 1 } }
    ])
    for (const path of [`/projects/${project.id}`, `/entries/${mine.id}`, `/organisations/${red.id}`])
      assert.equal((await others.get(path)).status, 404, path)
    assert.equal((await others.patch(`/projects/${project.id}`, { name: 'Mine' })).status, 404)
    assert.equal((await others.post(`/projects/${project.id}/close`)).status, 404)
    assert.equal((await others.delete(`/entries/${mine.id}`)).status, 404)
  })

  it('write nothing into each other, and move nothing', async () => {
    const others = app.as(bob)
    const created = await others.post('/projects', { code: 'B', name: 'x', organisation_id: red.id })
    assert.deepEqual([created.status, created.body.error.code], [403, 'FORBIDDEN'])
    const entry = await others.post('/entries', { what: 'x', minutes: 1, project_id: project.id })
    assert.equal(entry.status, 409)
    const moved = await app.as(ann).patch(`/projects/${project.id}`, { organisation_id: blue.id })
    assert.equal(moved.status, 422)
    const member = { organisation_id: red.id, user_id: (await app.person(bob)).id }
    assert.equal((await others.post('/organisation-members', member)).status, 403)
    assert.deepEqual(await app.sql('select count(*)::int from projects where organisation_id = $1', [red.id]), [{ count: 1 }]) // prettier-ignore
  })

  it('see and hear nothing of each other over sockets', async () => {
    const [told, silent] = [await app.as(ann).events(), await app.as(bob).events()]
    assert.equal((await app.as(bob).refusal('get', 'projects', project.id)).code, 404)
    assert.equal((await app.as(bob).refusal('patch', 'projects', project.id, { name: 'x' })).code, 404)
    await app.as(ann).call('patch', 'projects', project.id, { name: 'Anvils' })
    await make(ann, '/entries', { what: 'Sand', minutes: 7, project_id: project.id })
    assert.equal((await told.event('entries created')).data.what, 'Sand')
    assert.deepEqual(await told.told(), ['projects patched', 'entries created'])
    await silent.silent()
  })

  it('export their own, and import into their own', async () => {
    const read = (who: string) => app.person(who).then((person) => app.rest(person, 'GET', '/projects', { headers: { Accept: 'text/csv' } })) // prettier-ignore
    const [mine, others] = [await read(ann), await read(bob)]
    assert.match(mine.body, /Anvils/)
    assert.doesNotMatch(others.body, /Anvil/)
    assert.match(others.body, /Boat/)
    const raw = `code,name,organisation_id\nC,Cart,${blue.id}\nD,Drum,${red.id}\n`
    const report = await app.rest(await app.person(bob), 'POST', '/projects', { raw, headers: { 'Content-Type': 'text/csv' } }) // prettier-ignore
    assert.match(JSON.stringify(report.body), /"line":3,"code":"FORBIDDEN"/)
    assert.deepEqual(await app.sql('select name from projects where organisation_id = $1', [red.id]), [{ name: 'Anvils' }]) // prettier-ignore
  })

  it('gain and lose sight with a membership, at once', async () => {
    const told = await app.as(bob).events()
    const member = await join(red, bob, 'member')
    assert.equal((await told.event('projects created')).data.id, project.id)
    assert.equal((await app.as(bob).get(`/projects/${project.id}`)).status, 200)
    assert.equal((await app.as('admin').delete(`/organisation-members/${member.id}`)).status, 200)
    assert.equal((await told.event('projects removed')).data.id, project.id)
    assert.equal((await app.as(bob).get(`/projects/${project.id}`)).status, 404)
    assert.equal((await app.as(bob).get(`/projects/${theirs.id}`)).status, 200)
  })
})

describe('a declaration that forgets its tenant', () => {
  /** The problems of the example with another declaration in the place of the one of its name, or beside the others. */
  const problemsWith = (changed: AnyResource) => {
    const others = resources.filter(({ name }) => name !== changed.name)
    try {
      createApp({ resources: [...others, changed], modules: [accounts, ofOrganisations], root: __dirname })
    } catch (error) {
      return (error as Error).message
    }
    return 'none'
  }
  const changed = (name: string, change: (spec: any) => object): AnyResource => {
    const { spec, ...rest } = of(name)
    return { ...rest, spec: { ...spec, ...change(spec) } } as AnyResource
  }
  const access = (rules: object) => changed('projects', (spec) => ({ access: { ...spec.access, ...rules } }))

  it('does not start, whichever rule it is', () => {
    for (const name of ['read', 'create', 'update', 'remove'])
      assert.match(
        problemsWith(access({ [name]: { $user: {} } })),
        new RegExp(`projects: access\\.${name} lets in others than those of the record's tenant \\(access\\.${name}\\)\\n {2}write organisation_id: \\{ \\$in: \\$user\\.organisation_ids \\}`) // prettier-ignore
      )
    // One of several clauses is enough to forget it.
    assert.match(
      problemsWith(access({ read: [{ organisation_id: { $in: { $user: 'organisation_ids' } } }, { user_id: { $user: 'id' } }] })), // prettier-ignore
      /access\.read lets in others/
    )
    assert.match(problemsWith(access({ read: true })), /access\.read lets in others/)
    assert.match(
      problemsWith(changed('projects', ({ states }) => ({ states: { ...states, transitions: { close: { ...states.transitions.close, access: { user_id: { $user: 'id' } } } } } }))), // prettier-ignore
      /states\.transitions\.close\.access lets in others/
    )
    assert.match(problemsWith(changed('entries', () => ({ access: { read: { $user: {} } } }))), /entries: access\.read/) // prettier-ignore
    assert.match(
      problemsWith({ name: 'letters', spec: { fields: of('holidays').spec.fields, access: { read: true } } } as AnyResource), // prettier-ignore
      /letters: access\.read lets in others.*\n.*name letters in shared/
    )
  })

  it('does not start where a record could be moved, a unique value told, or own code read across tenants', () => {
    const { immutable: _immutable, ...movable } = of('projects').spec.fields.organisation_id as Json
    const field = (name: string, schema: object) => changed('projects', ({ fields }) => ({ fields: { ...fields, [name]: schema } })) // prettier-ignore
    assert.match(problemsWith(field('organisation_id', movable)), /can be changed, which moves a record to another tenant/) // prettier-ignore
    assert.match(
      problemsWith(field('code', { ...of('projects').spec.fields.code, unique: true })),
      /code is unique among all tenants.*\n.*\[\['organisation_id', 'code'\]\]/
    )
    const reports = {
      totals: {
        input: Type.Object({}),
        access: { $user: {} },
        run: () => ({}),
        output: of('holidays').spec.fields.name
      }
    }
    assert.match(
      problemsWith(changed('projects', () => ({ reports }))),
      /projects\.totals is code of its own/
    )
    assert.equal(problemsWith(access({ read: false })), 'none')
  })

  it('does not start where a name is written wrongly', () => {
    const { createApp: start } = TENANTED
    assert.throws(() => start({ resources: resources.filter(({ name }) => name !== 'holidays') }), /holidays is not declared \(shared\)/) // prettier-ignore
  })
})

// What accounts declare is tested elsewhere, beside the resources of the shop.
conformance({ ...TENANTED, depth: DEPTH, ...(isDeep ? {} : { only: resources.map(({ name }) => name) }) })
