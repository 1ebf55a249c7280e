import assert from 'node:assert/strict'
import type { Model } from '../../model/model'
import type { Operation } from '../../model/operations'
import { mayApply, mayWrite } from '../../rules/policy'
import type { FieldInfo } from '../../declare'
import type { Json } from '../wire'

import { byRest, bySocket } from './calls'
import type { Call, Outcome } from './calls'
import type { Stage } from './stage'
import type { Watcher } from './watcher'

/** Names that are no fields, or that JavaScript or the database would know in another sense. */
const STRAY = ['nope', '__proto__', 'constructor', 'prototype', 'deleted_at', 'id', 'ID', '$set', 'user', 'created_at', 'title ', ''] // prettier-ignore

/** The same call over both transports, to the two processes in turn. */
export const bothWays = async (
  { worlds }: Stage,
  watcher: Watcher,
  call: Call
): Promise<[Outcome, Outcome]> => [
  await byRest(worlds[call.operation.name.length % 2]!, watcher.person, call),
  await bySocket(watcher.socket, call)
]

/** Refused things leave no trace: no row, no change, no event. */
export const withoutTrace = async (stage: Stage, work: () => Promise<unknown>) => {
  const state = async () => {
    const tables = stage.models.map(({ name }) => `(select md5(coalesce(string_agg(t::text, '' order by t.id), '')) from "${name}" t) as "${name}"`) // prettier-ignore
    return (await stage.hand.sql(`select ${tables.join()}, (select count(*) from changes) as changes`))[0]
  }
  await stage.agree()
  const before = await state()
  await work()
  await stage.settled()
  for (const { socket } of stage.watchers) assert.deepEqual(await socket.drained(), [])
  assert.deepEqual(await state(), before)
}

/** Fields that this call may not carry: those that nobody writes, those that they may not, and those that are none. */
export const forbidden = (model: Model, method: string, user: object | null): string[] => {
  const isOpen = ({ writable, owner, computed, name }: FieldInfo) =>
    (writable === 'always' || (writable === 'create' && method === 'create')) && !owner && !computed && mayWrite(model, name, user) // prettier-ignore
  const closed = [...model.fields.values()].filter((field) => !isOpen(field)).map(({ name }) => name)

  return [...new Set([...closed, ...STRAY.filter((name) => !model.fields.has(name))])]
}

/** JSON has a key __proto__ like any other; an object literal has not. */
export const withField = (data: Json, name: string, value: unknown): Json => {
  const entries = [...Object.entries(data), [name, value] as const]

  return JSON.parse(
    `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${JSON.stringify(inner)}`).join()}}`
  )
}

/** Who could make a call of this operation, and to which record. */
export const callers = async (stage: Stage, model: Model, operation: Operation) => {
  const found = stage.watchers.map(async (watcher) => {
    const user = await stage.userOf(watcher.person)
    const [id] =
      operation.target === 'record' ? await stage.allowed(model, operation.rule, user) : [undefined]
    return {
      watcher,
      user,
      id,
      isAble: operation.target === 'record' ? id !== undefined : mayApply(operation.rule, user)
    }
  })

  return (await Promise.all(found)).filter(({ isAble }) => isAble)
}
