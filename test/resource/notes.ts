import assert from 'node:assert/strict'
import type { AnyResource } from '../../packages/rachis/src/declare'
import {
    belongsTo, boolean, computed, integer, json, lower, money, nullable, oneOf, owner, state, text, timestamp, Type, unique, textArray, writeOnly
} from '../../packages/rachis/src/declare' // prettier-ignore
import { DeclarationError } from '../../packages/rachis/src/declare/verify'
import { verify } from '../../packages/rachis/src/model/verify'

/** A declaration that the types may refuse. */
export const declare = (name: string, spec: object = {}) =>
  ({ name, spec: { fields: {}, access: {}, ...spec } }) as unknown as AnyResource

export const problemsOf = (...resources: AnyResource[]) => {
  try {
    verify(resources, { served: ['authentication'] })
    return []
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error
    return error.problems
  }
}

export const run = async () => ({})
export const short = text({ maxLength: 100 })
export const users = declare('users', {
  fields: { email: unique(lower(short)), role: oneOf('user', 'manager', 'admin'), is_active: boolean() },
  access: { read: true }
})
export const folders = declare('folders', { fields: { name: short } })
export const codes = declare('codes', { id: 'uuid', fields: { name: short } })
export const mail = declare('mail', {
  table: false,
  actions: { send: { on: 'collection', input: Type.Object({}), output: Type.Object({}), run, access: true } }
})
export const teams = declare('teams', {
  fields: { lead_id: belongsTo('users') },
  members: { team_ids: 'lead_id' }
})
export const cast = [users, folders, codes, mail, teams]

export const notes = {
  title: short, status: state('open', 'done'), rank: oneOf('low', 'high'), price: money(), size: integer(), done: boolean(),
  due: nullable(timestamp()), day: Type.String({ format: 'date' }), tags: textArray(), meta: json(), key: Type.String({ format: 'uuid' }),
  secret: writeOnly(short), slug: lower(short), folder_id: belongsTo('folders' as never), user_id: owner('users'),
  is_big: computed(boolean(), 'size > 9')
} // prettier-ignore
export const states = { field: 'status', transitions: {} }
export const base = { fields: notes, states }
export const fields = (extra: object) => ({ ...base, fields: { ...notes, ...extra } })
export const join = (membership: object) => ({
  ...base,
  members: { joined_ids: { by: 'user_id', ...membership } }
})
export const access = (rules: object) => ({ ...base, access: rules })
export const read = (rule: unknown) => access({ read: rule })
export const step = (extra: object) => ({
  ...base, states: { ...states, transitions: { finish: { from: 'open', to: 'done', access: true, ...extra } } }
}) // prettier-ignore
export const action = (extra: object, name = 'go') => ({
  ...base,
  actions: { [name]: { input: Type.Object({}), output: Type.Object({}), run, access: true, ...extra } }
})
export const report = (extra: object, name = 'sum') => ({
  ...base,
  reports: { [name]: { input: Type.Object({}), output: Type.Object({}), run, access: true, ...extra } }
})
export const indexed = Object.keys(notes).filter(
  (name) => !['tags', 'meta', 'secret', 'done', 'is_big'].includes(name)
)

/** What is declared of `notes`, where the one problem is, and what its message or mend say. */
export type Case = readonly [spec: object, path: string, ...words: string[]]

/** Each case has one problem, at the path and with the words that it names. */
export const refuses = (refused: Record<string, readonly Case[]>) => {
  for (const [rule, cases] of Object.entries(refused)) {
    describe(rule, () => {
      for (const [index, [spec, at, ...said]] of cases.entries()) {
        it(`refuses ${at}, case ${index + 1}: ${said.join(', ')}`, () => {
          const problems = problemsOf(...cast, declare('notes', spec))
          assert.deepEqual(problems.map((problem) => problem.path), [at], JSON.stringify(problems)) // prettier-ignore
          const [{ resource, message, hint } = assert.fail()] = problems
          assert.equal(resource, 'notes')
          assert.match(message, /^notes: /)
          assert.ok(hint.length > 0)
          for (const words of said) assert.ok(`${message}\n${hint}`.includes(words), `${message}\n${hint}`)
        })
      }
    })
  }
}
