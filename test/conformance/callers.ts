import assert from 'node:assert/strict'
import { mayApply } from '../../packages/rachis/src/rules/policy'
import type { Operation } from '../../packages/rachis/src/model/operations'
import type { Dice } from '../../packages/rachis/src/testing/dice'
import type { Call } from '../../packages/rachis/src/testing/conformance/calls'
import { callsOf } from '../../packages/rachis/src/testing/conformance/catalogue'
import type { Person } from '../helpers/world'
import { anonymous } from '../helpers/world'
import type { Twins } from './stage'

/** Signing out ends what the test goes on with, and a secret is never the same twice; they have tests of their own. */
const LEFT_OUT = ['logout', 'logout_all', 'mfa_enroll']

/** Ids of traces are made by chance in each world, and so is what comes first by them. */
const isByChance = ({ query = {} }: Call): boolean =>
  JSON.stringify([query.sort, query.$sort]).includes('trace_id')

/** Records that may be written: who is switched off, or whose session is ended, could not go on calling. */
const targetsAmong = (ids: readonly unknown[], name: string, { cast }: Twins): unknown[] => {
  if (name === 'sessions') return []
  const own = new Set<unknown>(Object.values(cast).map(({ id }) => id))

  return ids.filter((id) => name !== 'users' || !own.has(id))
}

const ROLES: Readonly<Record<string, string>> = { manager: 'manager', admin: 'admin' }

/** Mostly somebody who may, so that not every answer is the same refusal. */
const callerFor = ({ operation }: Call, { cast }: Twins, dice: Dice): Person => {
  const people = [...Object.values(cast), anonymous]
  const able = people.filter(({ id, name }) => mayApply((operation as Operation).rule, id === undefined ? null : { id, role: ROLES[name] ?? 'user' })) // prettier-ignore

  return dice.pick(able.length > 0 && dice.chance(0.8) ? able : people)
}

/**
 * What a call left to be done behind its answer is over: a mail after a random delay, and what consumers of the feed write, such as events of security and
 * deliveries. The next call would see it or not, and what it writes would stand before it or behind it.
 */
export const allDone = ({ worlds }: Twins) =>
  Promise.all(
    worlds.map(async (world) => {
      await (world.app.get('mailer') as { idle(): Promise<void> }).idle()
      await world.settled()
    })
  )

/** Calls of every operation by chance, each with who makes it; of all that could be asked of each field a share. */
export function* callsByCast(
  twins: Twins,
  idsOf: (name: string) => readonly unknown[],
  dice: Dice,
  share: number
): Generator<{ readonly call: Call; readonly person: Person }> {
  for (const model of twins.models) {
    const targets = targetsAmong(idsOf(model.name), model.name, twins)
    for (const call of callsOf(model, dice, idsOf, targets, share))
      if (!LEFT_OUT.includes(call.operation.name) && !isByChance(call))
        yield { call, person: callerFor(call, twins, dice) }
  }
}

/** Times and chance of their own. */
const UNLIKE = ['sessions', 'one_time_tokens']

/** What is written behind an answer, each at its own pace, by consumers of the feed and for mails: its order among the rest is no part of a call. */
const BEHIND = ['security_events', 'webhook_deliveries', 'notifications', 'one_time_tokens']

interface Noted {
  readonly resource: string
}

/** The changes in their order; those that are written behind an answer in that of their resource. */
const inOrder = (changes: readonly Noted[]) => ({
  calls: changes.filter(({ resource }) => !BEHIND.includes(resource)),
  ...Object.fromEntries(BEHIND.map((name) => [name, changes.filter(({ resource }) => resource === name)]))
})

/**
 * That both worlds have the same records and the same changes.
 *
 * @param plain takes off what must differ between two runs
 */
export const assertSameTraces = async ({ models, hands }: Twins, plain: (value: unknown) => unknown) => {
  for (const { name, fields } of models.filter((model) => model.table && !UNLIKE.includes(model.name))) {
    const columns = [...fields.values()].filter(({ hash }) => !hash).map((field) => `"${field.name}"`)
    const rows = (which: 0 | 1) => hands[which].sql(`select to_jsonb(t) as row from (select ${columns.join()} from "${name}") t order by id`) // prettier-ignore
    assert.deepEqual(plain(await rows(1)), plain(await rows(0)), name)
  }
  const feed = (which: 0 | 1) => hands[which].sql(`select resource, event, action, user_id from changes where resource <> 'sessions' order by id`) // prettier-ignore
  assert.deepEqual(inOrder((await feed(1)) as never), inOrder((await feed(0)) as never))
}
