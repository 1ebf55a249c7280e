import assert from 'node:assert/strict'
import type { Model } from '../../packages/rachis/src/model/model'
import type { ParentRule } from '../../packages/rachis/src/declare'
import { DEPTH } from '../helpers/depth'
import type { Json } from '../helpers/world'
import { byRest, bySocket } from '../../packages/rachis/src/testing/conformance/calls'
import type { Call, Outcome } from '../../packages/rachis/src/testing/conformance/calls'
import { Deeds } from '../../packages/rachis/src/testing/conformance/deeds'
import { Dice, seeded } from '../../packages/rachis/src/testing/dice'
import { anyOf, randomChain } from './parents'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import type { Stage } from './stage'
import { openStage } from './stage'
import type { Watcher } from '../../packages/rachis/src/testing/conformance/watcher'
import { findAll } from '../../packages/rachis/src/testing/conformance/watcher'

const ROUNDS = 8 * DEPTH
const CALLS = 60 * DEPTH
const CHAIN = ['chain_companies', 'chain_deals', 'chain_notes']
/** What each operation asks of the record as it is; a change asks the same of it as it becomes. */
const ASKED: Readonly<Record<string, ParentRule>> = { patch: 'update', finish: 'update', remove: 'remove', restore: 'remove' } // prettier-ignore

for (const seed of Array.from({ length: 2 * DEPTH }, (_, index) => SEED + index))
  describe(`rules that follow those of parents, drawn by ${seed}`, () => {
    let stage: Stage
    let rules: ReturnType<typeof randomChain>['rules']
    let models: Model[]
    before(async () => {
      const dice = new Dice(seed)
      const drawn = randomChain(dice)
      rules = drawn.rules
      stage = await openStage(drawn.resources, dice, 14, new Set(drawn.resources.map(({ name }) => name)))
      models = stage.models.filter(({ name }) => CHAIN.includes(name))
      await stage.watchAll()
    })
    after(() => stage.close())

    const caller = async ({ person: { id } }: Watcher): Promise<unknown[]> => {
      const [row] = id === undefined ? [] : await stage.eye.sql('select role from users where id = $1', [id])
      return [id ?? null, row?.role ?? null]
    }
    /** In SQL that knows nothing of predicates: the records of which the rule holds for somebody. */
    const holding = async (name: string, rule: ParentRule, watcher: Watcher, isRemoved = false) => {
      const alive = `r.deleted_at is ${isRemoved ? 'not ' : ''}null`
      const rows = await stage.eye.sql(`select r.id::text as id, $2::text as asked from "${name}" r where ${alive} and ($1::bigint is null or true) and ${anyOf(rules[name]![rule], 'r')} order by r.id`, await caller(watcher)) // prettier-ignore
      return rows.map(({ id }) => id as string)
    }
    const idsOf = (rows: readonly Json[]) => rows.map(({ id }) => String(id)).sort()

    const agrees = async () => {
      let shown = 0
      for (const { name, path } of models)
        for (const watcher of stage.watchers) {
          const found = await findAll(watcher.socket, path)
          shown += found.length
          assert.deepEqual(idsOf(found), (await holding(name, 'read', watcher)).sort(), `${watcher.name}: ${name}`) // prettier-ignore
        }

      return shown
    }

    it('show what plain SQL says, and tell each difference', async function () {
      this.timeout(60_000)
      await seeded(seed, async (dice, log) => {
        const deeds = new Deeds(stage, dice, log)
        let shown = await agrees()
        for (let round = 0; round < ROUNDS; round++) {
          const kind = dice.pick(['call', 'sql', 'together', 'members'])
          if (kind === 'call') await deeds.call()
          if (kind === 'sql') await deeds.sql()
          if (kind === 'together') await Promise.all([deeds.call(), deeds.sql(), deeds.call()])
          if (kind === 'members')
            await stage.hand.sql('update chain_members set user_id = $1, is_active = $2 where random() < 0.4', [dice.pick(stage.castIds), dice.chance(0.6)]) // prettier-ignore
          await stage.agree({ rightsChanged: true, isLate: true })
          shown += await agrees()
        }
        assert.ok(shown > 0, 'nobody saw anything')
      })
    })

    /** A condition of a row that is not there yet: its values stand in its table's place. */
    const mayCreate = async (name: string, row: Json, watcher: Watcher): Promise<boolean> => {
      const text = `select $2::text as asked, ${anyOf(rules[name]!.create, 'r')} as may from jsonb_populate_record(null::"${name}", $3) r where ($1::bigint is null or true)` // prettier-ignore
      const [answer] = await stage.eye.sql(text, [...(await caller(watcher)), JSON.stringify(row)])
      return answer!.may === true
    }
    const rowsOf = (name: string) => stage.eye.sql(`select md5(coalesce(string_agg(t::text, '' order by id), '')) as rows, (select max(id) from changes)::int as last from "${name}" t`) // prettier-ignore

    const made = (model: Model, ids: ReadonlyMap<string, readonly unknown[]>, dice: Dice): Json => {
      const row: Json = { title: 'x', kind: dice.pick(['a', 'b', 'c']), is_open: dice.chance(0.5), user_id: dice.pick([...stage.castIds, null]) } // prettier-ignore
      for (const { name, references } of model.fields.values())
        if (references && references.resource !== 'users')
          row[name] = dice.chance(0.9) ? dice.pick(ids.get(references.resource)!) : null

      return row
    }

    it('let every write pass that plain SQL allows, and no other', async function () {
      this.timeout(60_000)
      let [kept, refused] = [0, 0]
      await stage.hand.sql('update chain_members set is_active = true, user_id = $1 where random() < 0.3', [stage.cast.owner!.id]) // prettier-ignore
      await stage.settled()
      await seeded(seed, async (dice, log) => {
        const ids = await stage.hand.idsOf(stage.models)
        for (let count = 0; count < CALLS; count++) {
          const model = dice.pick(models)
          const name = dice.pick([
            'create',
            'create',
            'patch',
            'patch',
            'patch',
            'finish',
            'remove',
            'restore'
          ])
          const operation = model.operations.find((one) => one.name === name)!
          const watcher = dice.pick(stage.watchers)
          const id = operation.target === 'record' ? dice.pick(ids.get(model.name)!) : undefined
          const changes = made(model, ids, dice)
          const some = Object.fromEntries(dice.some(Object.entries(changes), 0.5))
          const data = name === 'create' ? changes : name === 'patch' ? some : {}
          const call: Call = { model, operation, id, data }
          const may = await expected(call, watcher)
          const before = await rowsOf(model.name)
          log.push(`${watcher.name}: ${name} ${model.name} ${String(id)} ${JSON.stringify(data)}`)
          const outcome = await (dice.chance(0.5) ? bySocket(watcher.socket, call) : byRest(dice.pick(stage.worlds), watcher.person, call)) // prettier-ignore
          log.push(`  ${outcome.status}, expected ${may}`)
          if (may === undefined) continue
          assert.equal(!outcome.isRefused, may, JSON.stringify(outcome.body))
          if (may) kept++
          else {
            isDenial(outcome)
            assert.deepEqual(await rowsOf(model.name), before, 'a refused write left something')
            refused++
          }
        }
      })
      assert.ok(kept > 3 && refused > 10, `${kept} ${refused}`)
      await stage.agree({ rightsChanged: true, isLate: true })
    })

    const isDenial = ({ status, body }: Outcome) =>
      assert.ok([401, 403, 404, 409].includes(status), `${status} ${JSON.stringify(body)}`)

    /** A record that is removed cannot be named, whatever the rule. */
    const namesRemoved = async ({ model, data }: Call): Promise<boolean> => {
      for (const { name, references } of model.fields.values()) {
        const id = (data as Json)[name] as unknown
        if (!references || !CHAIN.includes(references.resource) || id === null || id === undefined) continue
        const [row] = await stage.eye.sql(`select deleted_at is null as here from "${references.resource}" where id::text = $1`, [String(id)]) // prettier-ignore
        if (row?.here !== true) return true
      }

      return false
    }

    /** What SQL says of the record as it is and as it becomes; undefined where something else than a rule decides. */
    const expected = async ({ model, operation, id, data }: Call, watcher: Watcher) => {
      const isMissing = await namesRemoved({ model, operation, data })
      if (operation.name === 'create') return !isMissing && mayCreate(model.name, data as Json, watcher)
      // What a change leaves as it is may be removed by now.
      if (isMissing) return undefined
      const rule = ASKED[operation.name]!
      const isRestored = operation.name === 'restore'
      const [row] = await stage.eye.sql(`select t.*, t.deleted_at is not null as gone from "${model.name}" t where id::text = $1`, [String(id)]) // prettier-ignore
      if (!row || (isRestored && !row.gone) || (operation.name === 'finish' && row.status !== 'open')) return undefined // prettier-ignore
      const may = (await holding(model.name, rule, watcher, isRestored)).includes(String(id))
      // Nobody takes a step of a record that they do not see.
      if (operation.name === 'finish')
        return may && (await holding(model.name, 'read', watcher)).includes(String(id))
      if (!may || operation.name !== 'patch') return may

      return becomesHeld(model.name, { ...row, ...(data as Json) }, watcher)
    }
    const becomesHeld = async (name: string, row: Json, watcher: Watcher) => {
      const text = `select $2::text as asked, ${anyOf(rules[name]!.update, 'r')} as may from jsonb_populate_record(null::"${name}", $3) r where ($1::bigint is null or true)` // prettier-ignore
      const [answer] = await stage.eye.sql(text, [...(await caller(watcher)), JSON.stringify(row)])
      return answer!.may === true
    }
  })
