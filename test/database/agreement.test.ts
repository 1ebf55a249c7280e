import assert from 'node:assert/strict'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { authenticated, defineResource, text } from '../../packages/rachis/src/declare'
import { DeclarationError } from '../../packages/rachis/src/declare/verify'
import { createDatabase } from '../helpers/database'
import { startWorld } from '../helpers/world'

const declare = (name: string, spec: object) =>
  defineResource(name, { fields: { title: text() }, access: { read: authenticated }, ...spec } as never) as unknown as AnyResource // prettier-ignore

describe('a database without what is declared', () => {
  const startWith = async (...resources: AnyResource[]) =>
    startWorld({ resources, database: await createDatabase() })

  it('stops the start, and says which migration or source is missing', async () => {
    const started = startWith(
      declare('notes', {}),
      declare('my_tasks', { source: 'tasks', fields: { title: text(), titel: text() } }),
      declare('papers', { source: 'paper' })
    )
    const error = await started.then(() => assert.fail('it started'), (thrown: unknown) => thrown) // prettier-ignore
    assert.ok(error instanceof DeclarationError, String(error))
    assert.deepEqual(error.problems.map(({ path }) => path), ['name', 'fields.titel', 'source']) // prettier-ignore
    const [notes, tasks, papers] = error.problems.map(({ message, hint }) => `${message}: ${hint}`)
    assert.match(notes!, /^notes: the database has no table notes: run npm run migrate:make/)
    assert.match(tasks!, /^my_tasks: the table tasks has no column titel: .*source/)
    assert.match(papers!, /^papers: the database has no table paper: .*source/)
  })

  it('is not one that has more than is declared', async () => {
    const world = await startWith(declare('my_tasks', { source: 'tasks', timestamps: false }))
    await world.close()
  })
})
