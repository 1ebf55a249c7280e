import assert from 'node:assert/strict'
import { lowerAll } from '../../src/compilers/model'
import type { Model } from '../../src/compilers/model'
import { openapi } from '../../src/compilers/openapi'
import { mayReadAnswer } from '../../src/compilers/openapi-access'
import { allows } from '../../src/compilers/policy'
import { anyone, defineResource, text } from '../../src/resource'
import type { AnyResource } from '../../src/resource'
import { resources } from '../../src/services/resources'
import { modelsOf, randomFamily } from '../conformance/declarations'
import { Dice } from '../conformance/dice'
import { SEED } from '../conformance/seed'
import { assertDocumented } from '../helpers/documented'
import { assertExamplesValid, assertValid, operationOf } from './openapi-inspect'

const document = openapi(lowerAll(resources))
const operation = (id: string) => operationOf(document, id)

describe('the answer of a write', () => {
  const answers = (id: string) => JSON.stringify(operation(id).responses[201].content)

  it('may be the id alone where its writer may not read the record', () => {
    assert.match(answers('users_create'), /Reference/)
    for (const id of ['tasks_create', 'products_create']) assert.doesNotMatch(answers(id), /Reference/)
    assertDocumented(document, 'POST', '/users', 201, { id: 7 })
    assert.throws(() => assertDocumented(document, 'POST', '/tasks', 201, { id: 7 }), /title/)
  })

  it('is the whole record only where the rules let every writer read', () => {
    const dice = new Dice(SEED)
    let promises = 0
    for (let round = 0; round < 40; round++)
      for (const model of modelsOf(randomFamily(dice)).filter(({ name }) => name === 'random_parents'))
        for (const kind of ['update', 'remove'] as const) if (assertSight(model, kind, dice)) promises++
    assert.ok(promises > 10, `only ${promises} of the rules let every writer read`)
  })
})

const USERS = ['user', 'manager', 'admin'].flatMap((role) => [1, 2].map((id) => ({ id, role, group_ids: [id] }))) // prettier-ignore
const VALUES: Record<string, readonly unknown[]> = {
  kind: ['a', 'A', 'b'], note: ['x', null], for_role: ['user', 'manager', 'admin'], is_open: [true, false], is_new: [true, false, null],
  points: [0, 3, 9, null], price: [1, 3], ratio: [0.1, 0.9, null], due: ['1999-01-01T00:00:00.000Z', '2020-01-01T00:00:00.000Z', null],
  day: ['1990-01-01', '2020-01-01', null], is_scarce: [true, false], status: ['open', 'done'], assignee_id: [1, 2, null],
  user_id: [1, 2], group_id: [1, 2, null], id: [1], deleted_at: [null]
} // prettier-ignore

/** Where the document promises the record, every row that a user may write is one that he may read. */
const assertSight = (model: Model, kind: 'update' | 'remove', dice: Dice): boolean => {
  const { rule, ...found } = model.operations.find((operation) => operation.kind === kind)!
  // As a parent that nobody finds: what memory cannot decide is not asked here.
  if (!mayReadAnswer(model, { ...found, rule }) || JSON.stringify(model.rules.read).includes('$parent')) return false // prettier-ignore
  for (let i = 0; i < 200; i++) {
    const row = Object.fromEntries(Object.entries(VALUES).map(([name, values]) => [name, dice.pick(values)]))
    for (const user of USERS)
      if (allows(rule, user, row)) assert.ok(allows(model.rules.read, user, row), JSON.stringify({ rule, read: model.rules.read, row, user })) // prettier-ignore
  }

  return true
}

describe('the document of any declaration', () => {
  it('is valid, and so are its examples', async () => {
    const dice = new Dice(SEED)
    for (let round = 0; round < 3; round++) {
      const candidate = openapi(modelsOf(randomFamily(dice)))
      await assertValid(candidate)
      assertExamplesValid(candidate)
    }
  })

  it('is the same each time', () => {
    assert.deepEqual(openapi(lowerAll(resources)), document)
  })

  it('leaves an example out rather than giving one that is wrong', () => {
    const fields = { code: text({ pattern: '^Q{7}-[0-9]{3}$' }) }
    const resource = defineResource('codes', { fields, access: { create: anyone } }) as unknown as AnyResource
    const candidate = openapi(lowerAll([resource]))
    assert.equal(candidate.components.schemas.CodeCreate!.examples, undefined)
    assertExamplesValid(candidate)
  })
})
