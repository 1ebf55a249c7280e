import assert from 'node:assert/strict'
import type { States } from '../../packages/rachis/src/model/model'
import { planTransition } from '../../packages/rachis/src/rules/transition'
import {
  $user,
  integer,
  now,
  nullable,
  role,
  state,
  text,
  timestamp
} from '../../packages/rachis/src/declare'
import { detailsOf, modelOf, refusal } from './declared'

const admin = role('admin')
const mine = { user_id: $user.id }
const run = async () => undefined
const at = new Date('2026-01-31T12:00:00.123Z')

const states: States = modelOf({
  fields: {
    status: state('pending', 'confirmed', 'shipped', 'cancelled', 'lost'),
    user_id: integer(),
    shipped_at: nullable(timestamp()),
    note: nullable(text()),
    shipped_by: nullable(integer())
  },
  states: {
    field: 'status',
    transitions: {
      confirm: { from: 'pending', to: 'confirmed', access: admin },
      ship: {
        from: 'confirmed',
        to: 'shipped',
        access: admin,
        set: { shipped_at: now, shipped_by: $user.id, note: null },
        run
      },
      cancel: { from: ['pending', 'confirmed'], to: 'cancelled', access: [mine, admin] },
      withdraw: { from: 'pending', to: 'cancelled', access: mine, set: { note: 'withdrawn' } },
      recall: { from: 'shipped', to: 'cancelled', access: admin }
    }
  }
}).states!

const owner = { id: 7, role: 'user' }
const stranger = { id: 8, role: 'user' }
const boss = { id: 9, role: 'admin' }
const order = (status: string) => ({ id: 1, user_id: 7, status })
const plan = (wanted: { name?: string; to?: string }, status: string, user: object | null | undefined) =>
  planTransition(states, wanted, order(status), user, at)

describe('transition', () => {
  const taken: [
    name: string,
    wanted: { name?: string; to?: string },
    from: string,
    user: object | undefined,
    changes: object
  ][] = [
    ['by name', { name: 'confirm' }, 'pending', boss, { status: 'confirmed' }],
    ['by state', { to: 'confirmed' }, 'pending', boss, { status: 'confirmed' }],
    ['from any of several', { name: 'cancel' }, 'confirmed', owner, { status: 'cancelled' }],
    ['by its owner', { name: 'cancel' }, 'pending', owner, { status: 'cancelled' }],
    ['by the server itself', { name: 'confirm' }, 'pending', undefined, { status: 'confirmed' }],
    ['by state, the first of those that they may take', { to: 'cancelled' }, 'pending', owner, { status: 'cancelled' }],
    ['by name, where another leads there too', { name: 'withdraw' }, 'pending', owner, { status: 'cancelled', note: 'withdrawn' }],
    ['by state, the one that starts here', { to: 'cancelled' }, 'shipped', boss, { status: 'cancelled' }],
    ['setting columns and the time', { name: 'ship' }, 'confirmed', boss, { status: 'shipped', shipped_at: '2026-01-31T12:00:00.123Z', shipped_by: 9, note: null }],
    ['to where it is already: nothing', { to: 'shipped' }, 'shipped', stranger, {}]
  ] // prettier-ignore
  for (const [name, wanted, from, user, changes] of taken)
    it(name, () => assert.deepEqual(plan(wanted, from, user).changes, changes))

  it('sets nobody where the server itself takes the step, and whom it takes it for', () => {
    const by = (actor?: object) => planTransition(states, { name: 'ship' }, order('confirmed'), undefined, at, actor).changes
    assert.deepEqual([by().shipped_by, by(owner).shipped_by], [null, 7])
  }) // prettier-ignore

  it('hands on what else the step does', () => {
    assert.equal(plan({ name: 'ship' }, 'confirmed', boss).run, run)
    assert.equal(plan({ name: 'cancel' }, 'confirmed', boss).run, undefined)
  })

  const STATE = 'STATE_CONFLICT'
  const refused: [
    name: string,
    wanted: { name?: string; to?: string },
    from: string,
    user: object | null | undefined,
    code: string,
    message?: string
  ][] = [
    ['a state that it does not start from', { name: 'ship' }, 'pending', boss, STATE, 'status is pending; it must be confirmed for this'],
    ['of several, naming each once', { name: 'cancel' }, 'shipped', owner, STATE, 'status is shipped; it must be pending or confirmed for this'],
    ['by state, naming those of the steps that they may take', { to: 'cancelled' }, 'lost', owner, STATE, 'status is lost; it must be pending or confirmed for this'],
    ['the same for the server itself', { to: 'cancelled' }, 'lost', undefined, STATE, 'status is lost; it must be pending or confirmed or shipped for this'],
    ['a state that no step leads to', { to: 'lost' }, 'pending', boss, STATE, 'status is pending; it must be another for this'],
    ['a step that they may not take', { name: 'confirm' }, 'pending', owner, 'FORBIDDEN'],
    ['nor from elsewhere: the state is not told', { name: 'confirm' }, 'shipped', owner, 'FORBIDDEN'],
    ['a step on what is not theirs', { name: 'cancel' }, 'pending', stranger, 'FORBIDDEN'],
    ['by state, a step that they may not take from here, though one from elsewhere', { to: 'cancelled' }, 'shipped', owner, 'FORBIDDEN'],
    ['nobody', { name: 'cancel' }, 'pending', null, 'FORBIDDEN']
  ] // prettier-ignore
  for (const [name, wanted, from, user, code, message] of refused)
    it(`refuses ${name}`, () => {
      const found = refusal(() => plan(wanted, from, user))
      assert.equal(found.code, code)
      if (message) assert.deepEqual(found, { code, field: 'status', message })
    })

  it('tells which states would do', () => {
    const [detail] = detailsOf(() => plan({ name: 'cancel' }, 'shipped', owner))
    assert.deepEqual(detail, {
      field: 'status',
      message: 'status is shipped; it must be pending or confirmed for this',
      rule: 'state',
      expected: ['pending', 'confirmed'],
      provided: 'shipped'
    })
  })
})
