import assert from 'assert/strict'
import type { Model } from '../../../model/model'
import type { Call } from '../calls'
import { described } from '../calls'
import { bothWays, withoutTrace } from '../guard'
import { CRUD, RESTORE } from '../standard'
import type { Check, Ground } from './ground'

/** The usual operations that a declaration does not offer. */
const missingIn = (model: Model) => {
  const offered = new Set(model.operations.map(({ name }) => name))
  return [...CRUD, ...(model.softDelete ? [RESTORE] : [])].filter(({ name }) => !offered.has(name))
}

const callsOf = (model: Model, { idsOf }: Ground): Call[] =>
  missingIn(model).map(({ method, ...facts }) => {
    const path = `/${model.path}${facts.target === 'record' ? '/{id}' : ''}${facts.name === 'restore' ? '/restore' : ''}`
    const operation = { ...facts, http: { method, path, status: 200 } }

    return { model, operation, id: idsOf(model.name)[0] ?? 1, data: { title: 'x' } }
  })

/**
 * A path that takes something of its own by this method refuses the type of what it is sent (415), such as where it takes a form with a file, or
 * the bytes of one.
 */
const expectedOf = ({ model, operation: { http } }: Call): number[] =>
  model.operations.some((own) => own.http.path === http.path) ? [405, 415] : [404, 405]

/** Denies what is not declared, to everybody. */
export const deniesUndeclared: Check = async (ground) => {
  const { stage } = ground
  let denied = 0
  await withoutTrace(stage, async () => {
    for (const call of stage.models.flatMap((model) => callsOf(model, ground))) {
      const expected = expectedOf(call)
      for (const watcher of stage.watchers) {
        const [rest, socket] = await bothWays(stage, watcher, call)
        assert.ok(expected.includes(rest.status), `${described(call)}: ${rest.status}`)
        assert.ok([400, 404, 405].includes(socket.status), `${described(call)}: ${socket.status}`)
        denied++
      }
    }
  })

  return denied
}
