import assert from 'node:assert/strict'
import type { Model } from '../../packages/rachis/src/model/model'
import type { Operation } from '../../packages/rachis/src/model/operations'
import { allows, fieldRule, mayApply } from '../../packages/rachis/src/rules/policy'
import { dataSchema, defaultsOf } from '../../packages/rachis/src/model/schemas'
import { DEPTH } from '../helpers/depth'
import type { Json } from '../helpers/world'
import { byRest, described } from './calls'
import { open, randomDeclaration, silent } from './declarations'
import { Dice, seeded } from './dice'
import { dataFor, valueFor } from './samples'
import { bothWays, callers, forbidden, withField, withoutTrace } from './guard'
import { SEED } from './seed'
import { Stage } from './stage'
import { CRUD, RESTORE } from './standard'
import { findAll } from './watcher'

const protection = (fastPath: boolean) => () => {
  let stage: Stage
  let dice: Dice
  let ids: Map<string, unknown[]>
  before(async () => {
    dice = new Dice(SEED)
    const extra = [silent, open, ...['random_one', 'random_two', 'random_three'].map((name) => randomDeclaration(name, dice))] // prettier-ignore
    stage = await Stage.open(extra, dice, 6)
    for (const { app } of stage.worlds) app.set('fastPath', fastPath)
    await stage.watchAll()
    ids = new Map(await Promise.all(stage.models.map(async ({ name }) => [name, await stage.hand.ids(name)] as const))) // prettier-ignore
  })
  after(() => stage.close())

  const idsOf = (resource: string) => ids.get(resource) ?? []
  it('denies what is not declared, to everybody', async () => {
    let denied = 0
    await withoutTrace(stage, async () => {
      for (const model of stage.models) {
        const offered = new Set(model.operations.map(({ name }) => name))
        const missing = CRUD.filter(({ name }) => !offered.has(name))
        const more = model.softDelete && !offered.has('restore') ? [RESTORE] : []
        for (const { method, ...facts } of [...missing, ...more]) {
          const path = `/${model.path}${facts.target === 'record' ? '/{id}' : ''}${facts.name === 'restore' ? '/restore' : ''}`
          const operation = { ...facts, http: { method, path, status: 200 } }
          const call = { model, operation, id: idsOf(model.name)[0] ?? 1, data: { title: 'x' } }
          for (const watcher of stage.watchers) {
            const [rest, socket] = await bothWays(stage, watcher, call)
            const isKnown = model.operations.some(({ http }) => http.path === path)
            assert.ok(isKnown ? rest.status === 405 : [404, 405].includes(rest.status), `${described(call)}: ${rest.status}`) // prettier-ignore
            assert.ok([400, 404, 405].includes(socket.status), `${described(call)}: ${socket.status}`)
            denied++
          }
        }
      }
    })
    assert.ok(denied > 50)
  })

  it('shows to everybody the records and the columns that the rules name, and no others', async () => {
    let compared = 0
    for (const model of stage.readable) {
      const gone = model.softDelete ? 'deleted_at is not null' : 'false'
      const removed = (await stage.hand.sql(`select id from "${model.name}" where ${gone}`)).map(({ id }) => /^\d+$/.test(id) ? Number(id) : id) // prettier-ignore
      for (const { person, socket, name } of stage.watchers) {
        const user = await stage.userOf(person)
        const allowed = new Set(await stage.allowed(model, model.rules.read, user))
        const shown = await stage.shown(model, user)
        const found = await findAll(socket, model.path)
        assert.deepEqual(new Set(found.map(({ id }) => id)), allowed, `${name}: ${model.path}`)
        assert.deepEqual(
          removed.filter((id) => allowed.has(id)),
          [],
          `${name}: removed ${model.path}`
        )
        for (const row of found) assert.deepEqual(Object.keys(row).sort(), shown(row.id).sort())
        const get = model.operations.find(({ name }) => name === 'get')!
        for (const id of idsOf(model.name)) {
          const { status, body } = await byRest(stage.worlds[0], person, { model, operation: get, id })
          const denial = mayApply(model.rules.read, user) ? 404 : user ? 403 : 401
          assert.equal(status, allowed.has(id) ? 200 : denial, `${name}: ${model.path} ${String(id)}`)
          if (status === 200) assert.deepEqual(Object.keys(body).sort(), shown(id).sort())
          compared++
        }
      }
    }
    assert.ok(compared > 300)
  })

  const dataOf = (model: Model, { name, data }: Operation) =>
    data !== 'fields' || name === 'patch' ? {} : dataFor(model, dataSchema(model, name as 'create') as never, dice, idsOf, { probability: 0 }) // prettier-ignore

  it('refuses to change what the rules do not name, and leaves no trace of it', async function () {
    this.timeout(60_000)
    let refused = 0
    const isChange = ({ states }: Model, { name }: Operation) =>
      ['update', 'patch', 'remove', 'restore'].includes(name) ||
      states?.transitions.some((step) => step.name === name)
    await seeded(SEED, async (_dice, log) => {
      await withoutTrace(stage, async () => {
        for (const model of stage.models) {
          for (const operation of model.operations.filter((one) => isChange(model, one))) {
            for (const watcher of stage.watchers) {
              const user = await stage.userOf(watcher.person)
              const may = new Set(await stage.allowed(model, operation.rule, user))
              const sees = new Set(await stage.allowed(model, model.rules.read, user))
              const denied = idsOf(model.name).filter((id) => !may.has(id))
              for (const id of dice.some(denied, 0.12 * DEPTH)) {
                const call = { model, operation, id, data: dataOf(model, operation) }
                log.push(`${watcher.name}: ${described(call)}`)
                const expected = mayApply(operation.rule, user)
                  ? sees.has(id)
                    ? 403
                    : 404
                  : user
                    ? 403
                    : 401
                for (const { status } of await bothWays(stage, watcher, call)) assert.equal(status, expected)
                refused++
              }
            }
          }
        }
      })
    })
    assert.ok(refused > 60, String(refused))
  })

  it('refuses to create what the rules do not name', async () => {
    let refused = 0
    await withoutTrace(stage, async () => {
      for (const model of stage.models) {
        const create = model.operations.find(({ name, data }) => name === 'create' && data === 'fields')
        for (const watcher of create ? stage.watchers : []) {
          const user = await stage.userOf(watcher.person)
          const data = dataFor(model, dataSchema(model, 'create') as never, dice, idsOf)
          const owners = [...model.fields.values()].filter(({ owner }) => owner)
          const row = {
            ...defaultsOf(model),
            ...data,
            ...Object.fromEntries(owners.map(({ name }) => [name, user?.id]))
          }
          const writes = Object.keys(data).every((name) => allows(fieldRule(model, name, 'write'), user, row))
          if (writes && allows(model.rules.create, user, row)) continue
          const call = { model, operation: create!, data: dice.chance(0.3) ? [data] : data }
          for (const { status } of await bothWays(stage, watcher, call)) {
            assert.ok(status === 403 || (status === 401 && !user), `${described(call)}: ${status}`)
          }
          refused++
        }
      }
    })
    assert.ok(refused > 10, String(refused))
  })

  it('takes no step that is not declared', async () => {
    let refused = 0
    await withoutTrace(stage, async () => {
      for (const model of stage.models.filter(({ states }) => states)) {
        const { field, transitions } = model.states!
        const patch = model.operations.find(({ name }) => name === 'patch')
        const rows = await stage.hand.sql(`select id, "${field}" as state from "${model.name}"`)
        for (const { id, state } of patch ? rows : []) {
          const reached = transitions.filter(({ from }) => from.includes(state)).map(({ to }) => to)
          const others = model.fields.get(field)!.enum!.filter((to) => to !== state && !reached.includes(to))
          for (const to of others) {
            const call = { model, operation: patch!, id, data: { [field]: to } }
            for (const { status } of await bothWays(stage, dice.pick(stage.watchers), call)) {
              assert.ok([401, 403, 404, 409, 422].includes(status), `${described(call)}: ${status}`)
              refused++
            }
          }
        }
      }
    })
    assert.ok(refused > 20, String(refused))
  })

  it('keeps a changed record within the rule that let it be changed', async () => {
    let [kept, refused] = [0, 0]
    for (const model of stage.models.filter(({ operations }) =>
      operations.some(({ name }) => name === 'patch')
    )) {
      const patch = model.operations.find(({ name }) => name === 'patch')!
      for (const watcher of stage.watchers) {
        const user = await stage.userOf(watcher.person)
        for (const id of await stage.allowed(model, model.rules.update, user)) {
          if (model.name === 'users') continue
          const data = dataFor(model, dataSchema(model, 'patch') as never, dice, idsOf, { probability: 0.6, without: ['margin', model.states?.field ?? ''] }) // prettier-ignore
          const outcome = await byRest(stage.worlds[0], watcher.person, { model, operation: patch, id, data })
          const may = await stage.allowed(model, model.rules.update, user)
          assert.ok(may.includes(id), `${watcher.name} put ${model.path} ${String(id)} out of their reach: ${JSON.stringify(data)}`) // prettier-ignore
          if (outcome.isRefused) refused++
          else {
            const sees = (await stage.allowed(model, model.rules.read, user)).includes(id)
            const shown = sees ? (await stage.shown(model, user))(id).sort() : ['id']
            assert.deepEqual(Object.keys(outcome.body).sort(), shown)
            kept++
          }
        }
      }
    }
    await stage.agree()
    assert.ok(kept > 20 && refused > 3, `${kept} ${refused}`)
  })

  const isStored = async (model: Model, id: unknown, name: string, value: unknown) => {
    const [row] = id === undefined ? [] : await stage.hand.sql(`select to_jsonb(t) -> $2 = $3::jsonb as same from "${model.name}" t where id::text = $1`, [String(id), name, JSON.stringify(value)]) // prettier-ignore
    return row?.same === true
  }

  it('takes no field that a client may not write, and none that there is not', async function () {
    this.timeout(60_000)
    let refused = 0
    for (const model of stage.models) {
      const methods = model.operations.filter(({ data }) => data === 'fields')
      await withoutTrace(stage, async () => {
        for (const operation of methods) {
          const schema = dataSchema(model, operation.name as 'create') as unknown as Json
          for (const { watcher, user, id } of dice.some(
            await callers(stage, model, operation),
            0.12 * DEPTH
          )) {
            const names = forbidden(model, operation.name, user)
            for (const name of names) {
              const field = model.fields.get(name)
              const value = field ? (valueFor(field, dice, idsOf) ?? 1) : dice.pick([1, 'x', null, {}])
              // What is sent back as it was read is taken.
              if (field && (await isStored(model, id, name, value))) continue
              const good = dataFor(model, schema as never, dice, idsOf, { without: names })
              const bad = withField(good, name, value)
              const data = operation.name === 'create' && dice.chance(0.3) ? [good, bad] : bad
              for (const { status } of await bothWays(stage, watcher, { model, operation, id, data })) {
                assert.ok([400, 403, 409, 422].includes(status), `${watcher.name}: ${operation.name} ${model.path} ${JSON.stringify(data)}: ${status}`) // prettier-ignore
                refused++
              }
            }
          }
        }
      })
    }
    assert.ok(refused > 100, String(refused))
  })
}

describe('protection', protection(true))
if (DEPTH > 1) describe('protection, without the fast path', protection(false))
