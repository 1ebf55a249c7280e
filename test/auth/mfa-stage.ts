import assert from 'node:assert/strict'
import { generate } from 'otplib'
import { defineResource, text } from '../../packages/rachis/src/declare'
import type { Answer, Json, Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'

/** What only a session with a second factor may read and write: the rule asks it of the user as anything else. */
export const vaults = defineResource('vaults', {
  fields: { title: text() },
  access: { read: { $user: { mfa: true } }, create: { $user: { mfa: true } } }
})

/** Of the tests that run: two processes. */
export let here: World
export let there: World

export interface Holder extends Person {
  readonly secret: string
  readonly recovery_codes: string[]
}
let count = 0
export const post = (person: Person, path: string, body: Json = {}, world = here): Promise<Answer> =>
  world.rest(person, 'POST', path, { body })
export const codeOf = ({ secret }: Holder, steps = 0) =>
  generate({ secret, epoch: Math.floor(Date.now() / 1000) + 30 * steps })
/** As if the authenticator had moved on since the last code that was taken. */
export const later = ({ id }: Person) =>
  here.sql('update mfa_factors set last_step = null where user_id = $1', [id])
export const settled = () => Promise.all([here.settled(), there.settled()])

export const enrolled = async (name = `holder${++count}`, fields: Json = {}): Promise<Holder> => {
  const person = await here.register(name, fields)
  const { body } = await post(person, '/auth/mfa/enroll', { password: PASSWORD })
  const holder = { ...person, secret: body.secret as string, recovery_codes: [] }
  const confirmed = await post(person, '/auth/mfa/confirm', { code: await codeOf(holder) })
  assert.equal(confirmed.status, 200, JSON.stringify(confirmed.body))
  await later(person)

  return { ...holder, recovery_codes: confirmed.body.recovery_codes }
}
export const login = ({ email }: Person, more: Json = {}, world = here) =>
  post(anonymous, '/auth/login', { email, password: PASSWORD, ...more }, world)
export const events = async ({ id }: Person) =>
  (await here.sql('select event from security_events where user_id = $1 order by id', [String(id)])).map(({ event }) => event) // prettier-ignore

/** Starts both before the tests of a file, and closes them after. */
export const withFactors = () => {
  before(async () => {
    here = await startWorld({ resources: [vaults] })
    there = await startWorld({ resources: [vaults], database: here.database })
  })
  after(async () => {
    await there?.close(true)
    await here?.close()
  })
}
