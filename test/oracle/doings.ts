import type { Deeds } from '../../packages/rachis/src/testing/conformance/deeds'
import type { Dice } from '../../packages/rachis/src/testing/dice'
import { encode } from '../../packages/rachis/src/testing/conformance/calls'
import type { Stage } from '../conformance/stage'
import type { SqlConnection } from '../../packages/rachis/src/testing/conformance/tables'
import type { Processes } from './processes'

export interface Doing {
  readonly stage: Stage
  readonly deeds: Deeds
  readonly dice: Dice
  readonly log: string[]
  /** Two connections, each for one transaction at a time. */
  readonly hands: readonly [SqlConnection, SqlConnection]
  readonly processes: Processes
  readonly hasPrepared: boolean
}

/** A process that is going, or has gone, answers nothing, or 503: nobody knows then whether it was done. */
const unlessItEnds = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: Error & { cause?: { code?: string } }) => {
    const isOver = error.message === 'fetch failed' || /"status":503|OVERLOADED|SHUTTING_DOWN|terminated|aborted/i.test(error.message) // prettier-ignore
    if (!isOver) throw error
  })

const begin = `begin; set local lock_timeout = '200ms'`
const update = ({ deeds, dice }: Doing, hand: SqlConnection) =>
  deeds.statement(hand, dice.pick(['insert', 'update']), dice.pick(deeds.writable)).then(
    () => true,
    () => false
  )

/** A transaction of which a part is taken back. */
const savepoint = async (doing: Doing, [hand]: Doing['hands']) => {
  await hand.sql(begin)
  let isWhole = await update(doing, hand)
  if (isWhole) {
    await hand.sql('savepoint halfway')
    await update(doing, hand)
    await hand.sql('rollback to savepoint halfway')
    isWhole = await update(doing, hand)
  }
  await hand.sql(isWhole ? 'commit' : 'rollback')
}

/** Committed in two phases, by another connection, while others write with higher ids. */
const prepared = async (doing: Doing, [hand, other]: Doing['hands']) => {
  const name = `oracle_${process.pid}_${doing.dice.below(1e9)}`
  await hand.sql(begin)
  if (!(await update(doing, hand))) return hand.sql('rollback')
  await hand.sql(`prepare transaction '${name}'`)
  // Of a transaction in which something was refused PostgreSQL prepares nothing, and says so to nobody: it takes all of it back.
  const [isPrepared] = await hand.sql('select 1 from pg_prepared_xacts where gid = $1', [name])
  if (!isPrepared) return undefined
  await doing.deeds.sql(other)
  await doing.stage.lookAround()

  return other.sql(`${doing.dice.chance(0.7) ? 'commit' : 'rollback'} prepared '${name}'`)
}

/** Many records by one call. */
const bulk = async ({ stage, dice }: Doing) => {
  const world = dice.pick(stage.worlds)
  const person = dice.pick([stage.cast.owner!, stage.cast.stranger!])
  const query = encode({ priority: dice.pick(['low', 'medium', 'high']) })
  if (dice.chance(0.7))
    await world.rest(person, 'PATCH', `/tasks?${query}`, { body: { title: `b${dice.below(1000)}` } })
  else await world.rest(person, 'DELETE', `/tasks?${query}`)
}

/** What follows from a deleted parent: rows that go with it, and rows that lose their reference. */
const cascade = async ({ dice }: Doing, [hand]: Doing['hands']) => {
  const table = dice.pick(['random_groups', 'random_parents'])
  await hand.sql(`delete from ${table} where id = (select id from ${table} order by id limit 1 offset ${dice.below(3)})`) // prettier-ignore
}

const role = async ({ stage, dice }: Doing, [hand]: Doing['hands']) => {
  await hand.sql('update users set role = $2 where id = $1', [stage.cast.manager!.id, dice.pick(['user', 'manager', 'admin'])]) // prettier-ignore
}
const groups = async ({ stage, dice }: Doing, [hand]: Doing['hands']) => {
  const sql = 'update random_groups set manager_id = $1, is_open = $2 where id % 3 = $3'
  await hand.sql(sql, [dice.pick([...stage.castIds, null]), dice.chance(0.5), dice.below(3)])
}
/** Connections of this session are anybody's from then on; their client signs in anew and goes on where it was. */
const signOut = async ({ stage, dice }: Doing) => {
  const name = dice.pick(['stranger', 'manager'])
  const [world] = stage.worlds
  await world.rest(stage.cast[name]!, 'POST', '/auth/logout', { body: {} })
  stage.cast[name] = await world.login(stage.cast[name]!)
}

const RIGHTS = { role, groups, 'sign-out': signOut }
const OTHERS = {
  'one call': ({ deeds }: Doing) => deeds.call(),
  together: ({ deeds }: Doing, [hand, other]: Doing['hands']) =>
    Promise.all([deeds.call(), deeds.sql(hand), deeds.call(), deeds.sql(other), deeds.call()]),
  interleaved: ({ deeds }: Doing, [, other]: Doing['hands']) => deeds.interleaved(other),
  savepoint,
  prepared,
  bulk,
  cascade
}
/** How often each came about. */
export const tally = new Map<string, number>()

/** Does one thing by chance. Answers whether somebody may have other rights by it. */
export const doSomething = async (doing: Doing, mayChangeRights: boolean): Promise<void> => {
  const { dice, log, hasPrepared } = doing
  const kinds: Record<string, (doing: Doing, hands: Doing['hands']) => Promise<unknown>> = {
    ...OTHERS,
    ...(mayChangeRights ? RIGHTS : {})
  }
  const name = dice.pick(Object.keys(kinds).filter((one) => hasPrepared || one !== 'prepared'))
  log.push(name)
  tally.set(name, (tally.get(name) ?? 0) + 1)
  await unlessItEnds(kinds[name]!(doing, doing.hands))
}
