import assert from 'node:assert/strict'
import { byDepth, DEPTH, onlyInDepth } from '../helpers/depth'
import { lower, lowerAll } from '../../packages/rachis/src/model/lower'
import { openapi } from '../../packages/rachis/src/openapi/openapi'
import { mayReadAnswer } from '../../packages/rachis/src/openapi/openapi-access'
import { allows } from '../../packages/rachis/src/rules/policy'
import {
  $user,
  anyone,
  authenticated,
  belongsTo,
  boolean,
  defineResource,
  integer,
  nullable,
  owner,
  role,
  text,
  Type,
  withDefault
} from '../../packages/rachis/src/declare'
import type { AnyResource, Terms } from '../../packages/rachis/src/declare'
import { resources } from '../helpers/declared'
import { modelsOf, randomFamily } from '../conformance/declarations'
import { Dice } from '../../packages/rachis/src/testing/dice'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import { assertDocumented } from '../helpers/documented'
import { declared } from './declared'
import { assertExamplesValid, assertValid, operationOf } from './openapi-inspect'

const document = openapi(lowerAll(resources))
const operation = (id: string) => operationOf(document, id)

describe('the answer of a write', () => {
  const answers = (id: string) => JSON.stringify(operation(id).responses[201].content)

  it('may be the id alone where its writer may not read the record', () => {
    assert.match(answers('users_create'), /UserSelection/)
    for (const id of ['tasks_create', 'products_create']) assert.doesNotMatch(answers(id), /Selection/)
    assertDocumented(document, 'POST', '/users', 201, { id: 7 })
    assert.throws(() => assertDocumented(document, 'POST', '/tasks', 201, { id: 7 }), /title/)
  })

  it('is the whole record only where whoever may write may read', () => {
    const dice = new Dice(SEED)
    const rules = byDepth(200, 600, 600)
    const promises = Array.from({ length: rules }, () => sightOf(dice)).filter(Boolean).length
    assert.ok(promises > rules / 10, `only ${promises} of the rules let every writer read`)
  })
})

const OF_USER = [role('admin'), role('admin', 'manager'), authenticated, {}]
const OF_RECORD = [
  { kind: 'a' },
  { kind: { $in: ['a', 'b'] } },
  { is_open: true },
  { user_id: $user.id },
  { assignee_id: $user.id },
  {}
]
const ruleOf = (dice: Dice): Terms[] =>
  Array.from({ length: 1 + dice.below(2) }, () => ({ ...dice.pick(OF_USER), ...dice.pick(OF_RECORD), ...dice.pick(OF_RECORD) })) // prettier-ignore

const ROWS = ['a', 'b', 'c'].flatMap((kind) => [true, false].flatMap((is_open) => [1, 2].flatMap((user_id) => [1, 2].map((assignee_id) => ({ kind, is_open, user_id, assignee_id }))))) // prettier-ignore
const USERS = [null, ...['user', 'manager', 'admin'].flatMap((role) => [1, 2].map((id) => ({ id, role })))]

/** A declaration by chance; where its document promises the record, no user may write a row that they may not read. */
const sightOf = (dice: Dice): boolean => {
  const fields = {
    kind: text(),
    is_open: boolean(),
    user_id: owner('users'),
    assignee_id: belongsTo('users')
  }
  const [read, write] = [ruleOf(dice), ruleOf(dice)]
  const model = lower(declared({ fields, access: { read, create: write, update: write } }))
  const kind = dice.pick(['create', 'update'] as const)
  if (
    !mayReadAnswer(
      model,
      model.operations.find((operation) => operation.name === kind)!
    )
  )
    return false
  for (const user of USERS)
    for (const row of ROWS.map((row) => (kind === 'create' ? { ...row, user_id: user?.id ?? null } : row)))
      if (allows(model.rules[kind], user, row)) assert.ok(allows(model.rules.read, user, row), JSON.stringify({ kind, write, read, row, user })) // prettier-ignore

  return true
}

describe('the document of any declaration', () => {
  it('is valid, and so are its examples (TEST_DEPTH=2)', async function () {
    this.timeout(90_000)
    onlyInDepth(this)
    const dice = new Dice(SEED)
    for (let round = 0; round < DEPTH; round++) {
      const candidate = openapi(modelsOf(randomFamily(dice)))
      await assertValid(candidate)
      assertExamplesValid(candidate)
    }
  })

  it('is the same each time', () => {
    assert.deepEqual(openapi(lowerAll(resources)), document)
  })

  it('shows the examples that fields declare', () => {
    const fields = { label: nullable(text({ examples: ['Fragile', 'Heavy'] })), weight: withDefault(integer({ examples: [40] }), 1), size: Type.Integer({ example: 9 }) } // prettier-ignore
    const resource = defineResource('parcels', {
      fields,
      access: { create: anyone }
    }) as unknown as AnyResource
    const candidate = openapi(lowerAll([resource]))
    const { examples } = candidate.components.schemas.ParcelCreate!
    assert.deepEqual(examples, [{ label: 'Fragile', weight: 40, size: 9 }])
    assertExamplesValid(candidate)
  })

  it('leaves an example out rather than giving one that is wrong', () => {
    const fields = { code: text({ pattern: '^Q{7}-[0-9]{3}$' }) }
    const resource = defineResource('codes', { fields, access: { create: anyone } }) as unknown as AnyResource
    const candidate = openapi(lowerAll([resource]))
    assert.equal(candidate.components.schemas.CodeCreate!.examples, undefined)
    assertExamplesValid(candidate)
  })
})
