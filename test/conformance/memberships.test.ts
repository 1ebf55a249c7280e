import assert from 'node:assert/strict'
import type { Model } from '../../packages/rachis/src/model/model'
import type { Operation } from '../../packages/rachis/src/model/operations'
import { DEPTH } from '../helpers/depth'
import { Deeds } from '../../packages/rachis/src/testing/conformance/deeds'
import { Dice, seeded } from '../../packages/rachis/src/testing/dice'
import { bothWays } from '../../packages/rachis/src/testing/conformance/guard'
import { randomTeams } from './memberships'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import type { Stage } from './stage'
import { openStage } from './stage'
import { SqlConnection } from '../../packages/rachis/src/testing/conformance/tables'
import type { Watcher } from '../../packages/rachis/src/testing/conformance/watcher'
import { findAll } from '../../packages/rachis/src/testing/conformance/watcher'

const ROUNDS = 10 * DEPTH

/** Several declarations are drawn, since each has one condition of what makes a member. */
for (const seed of Array.from({ length: 2 * DEPTH }, (_, index) => SEED + index))
  describe(`memberships by a join table, drawn by ${seed}`, () => {
    let stage: Stage
    let other: SqlConnection
    let counts: string
    let records: Model
    before(async () => {
      const dice = new Dice(seed)
      const drawn = randomTeams(dice)
      counts = drawn.counts
      stage = await openStage(drawn.resources, dice, 12, new Set(drawn.resources.map(({ name }) => name)))
      records = stage.models.find(({ name }) => name === 'random_records')!
      await stage.watchAll()
      other = await SqlConnection.to(stage.worlds[0].database)
    })
    after(async () => {
      await other.end()
      await stage.close()
    })

    /** The records of the groups that somebody is a member of, in SQL that knows nothing of rules. */
    const theirs = async ({ person: { id } }: Watcher): Promise<number[]> => {
      const isMember = `exists (select from random_members m where m.group_id = r.group_id and m.user_id = $1 and ${counts})`
      const rows = await stage.eye.sql(`select r.id::int as id from random_records r where r.deleted_at is null and ${isMember} order by id`, [id ?? null]) // prettier-ignore

      return rows.map(({ id }) => id as number)
    }

    /** Somebody of the cast is in a group again, by rows of which any condition takes one, and somebody's rows are changed. */
    const join = async (dice: Dice) => {
      const [who, now] = [dice.pick(stage.castIds), dice.pick(stage.castIds)]
      const [{ id: group }] = (await stage.hand.sql(`insert into random_teams (name) values ('again') returning id`)) as [{ id: unknown }] // prettier-ignore
      await stage.hand.sql(`insert into random_members (user_id, group_id, rank, points, until) values ($1, $2, 'lead', 3, '2020-01-01'), ($1, $2, 'helper', 5, null)`, [who, group]) // prettier-ignore
      await stage.hand.sql('update random_records set group_id = $1, deleted_at = null where random() < 0.3', [group]) // prettier-ignore
      await stage.hand.sql(`update random_members set user_id = $1, is_active = $2, rank = $3, points = $4 where random() < 0.2`, [now, dice.chance(0.6), dice.pick(['lead', 'helper', 'member']), dice.below(9)]) // prettier-ignore
    }

    let shown = 0
    const agrees = async () => {
      for (const watcher of stage.watchers) {
        const found = (await findAll(watcher.socket, 'random-records')).map(({ id }) => id as number)
        assert.deepEqual(found, await theirs(watcher), watcher.name)
        shown += found.length
      }
    }

    it('show what plain SQL says, and tell each difference', async function () {
      this.timeout(60_000)
      await seeded(seed, async (dice, log) => {
        const deeds = new Deeds(stage, dice, log)
        for (let round = 0; round < ROUNDS; round++) {
          const kind = dice.pick(['call', 'sql', 'together', 'interleaved', 'members', 'members'])
          log.push(kind)
          if (kind === 'call') await deeds.call()
          if (kind === 'sql') await deeds.sql()
          if (kind === 'together') await Promise.all([deeds.call(), deeds.sql(), deeds.call(), deeds.sql(other)]) // prettier-ignore
          if (kind === 'interleaved') await deeds.interleaved(other)
          if (kind === 'members') await join(dice)
          await stage.agree({ rightsChanged: true })
          await agrees()
        }
      })
      assert.ok(shown > ROUNDS, `${shown} records were shown`)
    })

    it('let members change and remove their records and nobody else any', async () => {
      const of = (name: string) => records.operations.find((one) => one.name === name) as Operation
      let [kept, refused] = [0, 0]
      const dice = new Dice(seed)
      for (let round = 0; round < 3; round++) await join(dice)
      await stage.agree({ rightsChanged: true })
      const ids = (await stage.hand.ids('random_records')) as number[]
      for (const watcher of stage.watchers) {
        for (const id of dice.some(ids, 0.5)) {
          const may = (await theirs(watcher)).includes(id)
          const position = await stage.position()
          const [rest, socket] = await bothWays(stage, watcher, { model: records, operation: of('patch'), id, data: { title: `By ${watcher.name}` } }) // prettier-ignore
          assert.deepEqual([rest.isRefused, socket.isRefused], [!may, !may], `${watcher.name}: ${id} ${rest.status} ${socket.status}`) // prettier-ignore
          if (may) kept++
          else {
            assert.ok([401, 403, 404].includes(rest.status), String(rest.status))
            assert.equal(await stage.position(), position, 'a refused change is in the feed')
            refused++
          }
        }
      }
      assert.ok(refused > 5 && kept > 0, `${kept} ${refused}`)
    })
  })
