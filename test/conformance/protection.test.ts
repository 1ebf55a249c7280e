import assert from 'node:assert/strict'
import { takesNoForbiddenField } from '../../packages/rachis/src/testing/conformance/checks/fields'
import type { Check, Ground } from '../../packages/rachis/src/testing/conformance/checks/ground'
import { groundOf } from '../../packages/rachis/src/testing/conformance/checks/ground'
import { showsWhatRulesName } from '../../packages/rachis/src/testing/conformance/checks/reading'
import { takesNoUndeclaredStep } from '../../packages/rachis/src/testing/conformance/checks/steps'
import { deniesUndeclared } from '../../packages/rachis/src/testing/conformance/checks/undeclared'
import {
  keepsWithinRule,
  refusesChanges,
  refusesCreations
} from '../../packages/rachis/src/testing/conformance/checks/writing'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import { Dice } from '../../packages/rachis/src/testing/dice'
import { DEPTH, isDeep } from '../helpers/depth'
import { open, randomDeclaration, silent } from './declarations'
import { openStage } from './stage'

/** Each check of the suite, and how much it must have looked at to mean something. */
const CHECKS: readonly [name: string, check: Check, atLeast: number][] = [
  ['denies what is not declared, to everybody', deniesUndeclared, 50],
  ['shows to everybody the records and the columns that the rules name, and no others', showsWhatRulesName, 300],
  ['refuses to change what the rules do not name, and leaves no trace of it', refusesChanges, 60],
  ['refuses to create what the rules do not name', refusesCreations, 10],
  ['takes no step that is not declared', takesNoUndeclaredStep, 20],
  ['keeps a changed record within the rule that let it be changed', keepsWithinRule, 20],
  ['takes no field that a client may not write, and none that there is not', takesNoForbiddenField, 100]
] // prettier-ignore

const RANDOM = isDeep ? ['random_one', 'random_two', 'random_three'] : ['random_one', 'random_two']

const protection = (fastPath: boolean) => () => {
  let ground: Ground
  before(async () => {
    const dice = new Dice(SEED)
    const extra = [silent, open, ...RANDOM.map((name) => randomDeclaration(name, dice))] // prettier-ignore
    const stage = await openStage(extra, dice, 6)
    for (const { app } of stage.worlds) app.set('fastPath', fastPath)
    await stage.watchAll()
    ground = await groundOf(stage, dice, DEPTH)
  })
  after(() => ground.stage.close())

  for (const [name, check, atLeast] of CHECKS)
    it(name, async () => {
      const looked = await check(ground)
      assert.ok(looked > atLeast, String(looked))
    }).timeout(60_000)
}

describe('protection', protection(true))
if (isDeep) describe('protection, without the fast path', protection(false))
