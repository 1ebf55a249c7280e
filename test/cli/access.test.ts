import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { accounts } from '../../packages/rachis/src/accounts'
import { run } from '../../packages/rachis/src/cli'
import { accessOf, changedAccess } from '../../packages/rachis/src/cli/access'
import { verifiedModels } from '../../packages/rachis/src/cli/project'
import type { Project } from '../../packages/rachis/src/cli'
import { anyone, authenticated, defineResource, role, text } from '../../packages/rachis/src/declare'
import type { AnyResource, AnyRule } from '../../packages/rachis/src/declare'
import { lower } from '../../packages/rachis/src/model/lower'
import { alsoRemoved } from '../../packages/rachis/src/model/rules'
import { grantWords, kindsOfUsers } from '../../packages/rachis/src/rules/kinds'
import { mayApply, restrictionOf } from '../../packages/rachis/src/rules/policy'
import { runCli } from '../helpers/cli'
import type { Json } from '../helpers/world'
import { resourceWith, rule, user } from '../conformance/rule-arbitraries'

const ROOT = path.join(__dirname, '../..')
const asTyped = async (...args: string[]) =>
  (await promisify(execFile)('npm', ['run', '--silent', ...args], { cwd: ROOT })).stdout

const letters = (read: AnyRule) =>
  defineResource('letters', {
    fields: { title: text(), note: text() },
    access: {
      read: read as never,
      create: authenticated,
      remove: role('admin'),
      fields: { note: { read: role('admin') } }
    }
  }) as AnyResource

const projectWith = (root: string, resource: AnyResource): Project => ({
  root,
  load: () => assert.fail('the rights are those of the declarations'),
  loadResources: async () => ({ resources: [resource], modules: [accounts] })
})

/** Whether somebody is one of a kind of users, who may be of several kinds at once. */
const isOf = (property: string | undefined, value: unknown, somebody: Json | null) =>
  property === undefined ? somebody !== null : somebody?.[property] === value

describe('npm run access', function () {
  // Commands load the whole application.
  this.timeout(60_000)
  let root: string
  before(() => {
    root = mkdtempSync(path.join(tmpdir(), 'rachis-access-'))
  })
  after(() => rmSync(root, { recursive: true }))

  it('prints who may do what to which records and which fields they read and write', async () => {
    const lines = (await asTyped('access', '--', 'products')).trim().split('\n')
    for (const line of [
      'products | find | anonymous | where is_active is true',
      'products | find | role manager | yes',
      'products | remove | role admin | yes'
    ])
      assert.ok(lines.includes(line), line)
    const fields = (who: string) => lines.find((line) => line.startsWith(`products | fields read | ${who} |`))
    assert.doesNotMatch(fields('anonymous')!, /\bcost\b/)
    assert.match(fields('role manager')!, /\bcost\b/)
    assert.ok(!lines.some((line) => line.startsWith('products | remove | anonymous')))
  })

  it('is saved, and every change of rights is told until it is saved again', async () => {
    const project = projectWith(root, letters(role('manager')))
    assert.deepEqual(changedAccess(project, await verifiedModels(project)), [], 'nothing was saved')
    await run(project, ['access', '--save', '--json'])
    assert.match(
      readFileSync(path.join(root, 'access.txt'), 'utf8'),
      /^letters \| find \| role manager \| yes$/m
    )
    assert.deepEqual(changedAccess(project, await verifiedModels(project)), [])
    const opened = projectWith(root, letters(anyone))
    assert.deepEqual(changedAccess(opened, await verifiedModels(opened)), [
      '- letters | find | role manager | yes',
      '- letters | get | role manager | yes',
      '- letters | aggregate | role manager | yes',
      '- letters | fields read | role manager | id, title, created_at, updated_at',
      '+ letters | find | anonymous | yes',
      '+ letters | get | anonymous | yes',
      '+ letters | aggregate | anonymous | yes',
      '+ letters | fields read | anonymous | id, title, created_at, updated_at',
      '+ letters | fields read | role admin | id, title, note, created_at, updated_at'
    ]) // prettier-ignore
  })

  it('is that of the reviewed file in this project', async () => {
    const loadResources = async () => ({
      ...(await import('../../src/services/resources')),
      ...(await import('../../src/modules'))
    })
    const project = { ...projectWith(ROOT, letters(anyone)), loadResources }
    assert.deepEqual(changedAccess(project, await verifiedModels(project)), [], 'npm run access -- --save')
  })

  it('says nothing of what a rule grants that the rule does not', () => {
    let granted = 0
    const property = fc.property(rule, user, (read: AnyRule, somebody) => {
      const model = lower(resourceWith(read))
      const kinds = kindsOfUsers([model.rules.read]).filter(({ name, property: of, user: one }) =>
        name === 'anonymous' ? somebody === null : isOf(of, one?.[of ?? ''], somebody)
      )
      const words = kinds.map((kind) => grantWords(alsoRemoved(model.rules.read), kind))
      if (mayApply(model.rules.read, somebody)) assert.ok(words.some((one) => one !== 'no'), words.join()) // prettier-ignore
      if (!words.includes('yes')) return
      granted++
      assert.equal(restrictionOf(alsoRemoved(model.rules.read), somebody).kind, 'true')
    })
    fc.assert(property, { numRuns: 300 })
    assert.ok(granted > 5, String(granted))
  })

  it('refuses a name that is no resource', async () => {
    const project = projectWith(root, letters(anyone))
    const { exitCode } = process
    await run(project, ['access', 'parcels'])
    assert.equal(process.exitCode, 1)
    process.exitCode = exitCode
  })

  it('lists the routes beside the calls over sockets', async () => {
    const routes = JSON.parse(
      (await runCli('routes', ['--json', 'tasks', 'POST'], { url: '' })).out
    ) as Json[]
    assert.deepEqual(
      routes.find(({ path: of }) => of === '/api/v1/tasks/{id}/start'),
      {
        resource: 'tasks',
        method: 'POST',
        path: '/api/v1/tasks/{id}/start',
        socket: "'start', 'tasks', data, query",
        rule: "anyone signed in, where user_id is the caller's id"
      }
    )
    assert.ok(routes.every(({ method }) => method === 'POST'))
    assert.ok(accessOf([lower(letters(anyone))]).length > 0)
  })
})
