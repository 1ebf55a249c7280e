import type { Model } from '../../model/model'
import { Dice, seeded } from '../dice'
import { TestApp } from '../test-app'
import type { TestAppOptions } from '../test-app'
import { eventsKeepListsTrue } from './checks/events'
import { takesNoForbiddenField } from './checks/fields'
import type { Check, Ground } from './checks/ground'
import { groundOf } from './checks/ground'
import { hidesFields } from './checks/hidden'
import { showsWhatRulesName } from './checks/reading'
import { followsRelations } from './checks/relations'
import { takesNoUndeclaredStep } from './checks/steps'
import { deniesUndeclared } from './checks/undeclared'
import { keepsWithinRule, refusesChanges, refusesCreations } from './checks/writing'
import { SEED } from './seed'
import { Stage } from './stage'

type Hook = (run: () => Promise<void>) => unknown
/** What Mocha, Vitest, Jest and node:test have in common. */
export interface TestRunner {
  describe(name: string, define: () => void): unknown
  it(name: string, run: () => Promise<void>, timeout?: number): unknown
  /** Vitest calls it `afterAll`. */
  readonly after?: Hook
  readonly afterAll?: Hook
}

export interface ConformanceOptions extends TestAppOptions {
  /** The names of the resources that are tested; by default all that have a table. */
  readonly only?: readonly string[]
  /** How much is tried: 1 takes some seconds for ten resources, 4 as much for four times as long. */
  readonly depth?: number
  /** By default the functions of these names that are global, else those of node:test. */
  readonly runner?: TestRunner
  /** What is drawn by chance; CONFORMANCE_SEED, or always the same. */
  readonly seed?: number
}

/** Milliseconds that one check may take. */
const TIMEOUT = 120_000
const ROUNDS = 20

const CHECKS: Readonly<Record<string, Check>> = {
  'denies what is not declared, to everybody': deniesUndeclared,
  'shows to everybody the records and the columns that the rules name, and no others': showsWhatRulesName,
  'lets nobody ask for a field that they may read of no record': hidesFields,
  'answers along with a record what its reader finds behind its relations, and nothing else':
    followsRelations,
  'refuses to change what the rules do not name, and leaves no trace of it': refusesChanges,
  'refuses to create what the rules do not name': refusesCreations,
  'takes no step that is not declared': takesNoUndeclaredStep,
  'takes no field that a client may not write, and none that there is not': takesNoForbiddenField,
  'keeps a changed record within the rule that let it be changed': keepsWithinRule
}

const globalRunner = (): TestRunner => {
  const { describe, it, after, afterAll } = globalThis as unknown as TestRunner
  return typeof describe === 'function' && typeof it === 'function'
    ? { describe, it, after, afterAll }
    : (require('node:test') as TestRunner)
}

/** Mocha has the time on what `it` answers, Vitest and Jest take it as an argument, node:test knows no limit. */
const testWith = ({ it }: TestRunner, name: string, run: () => Promise<void>) => {
  const test = it(name, run, TIMEOUT) as { timeout?: unknown } | undefined
  if (typeof test?.timeout === 'function') (test.timeout as (milliseconds: number) => void)(TIMEOUT)
}

const assertKnown = (models: readonly Model[], only: readonly string[] | undefined) => {
  const unknown = (only ?? []).filter((name) => !models.some((model) => model.name === name))
  if (unknown.length > 0) throw new Error(`There is no resource ${unknown.join(', ')}; there are ${models.map(({ name }) => name).join(', ')}`) // prettier-ignore
}

/** Opens the application with the first check that asks for it. */
const openGround = async ({ only, depth = 1, seed = SEED, ...options }: ConformanceOptions): Promise<Ground> => {
  const dice = new Dice(seed)
  const start = (database?: string) => TestApp.start({ ...options, ...(database === undefined ? {} : { database }) })
  const stage = await Stage.open({ start, dice, rows: 6, ...(only ? { only: new Set(only) } : {}) })
  try {
    assertKnown(stage.worlds[0].app.get('engine').models, only)
    await stage.watchAll()

    return await groundOf(stage, dice, depth)
  } catch (error) {
    await stage.close()
    throw error
  }
} // prettier-ignore

/**
 * The promises of the engine, tested on the declarations of an application: one line in a test file. Two processes of it are started on one
 * database with records by chance; an anonymous visitor, an owner, a stranger and somebody of each role are connected to them, and see, may do and
 * are told what the rules say and nothing else. Needs the package fast-check, and users that can register.
 *
 * @example conformance({ createApp })
 */
export const conformance = (options: ConformanceOptions): void => {
  const { runner = globalRunner(), seed = SEED, depth = 1 } = options
  let opening: Promise<Ground> | undefined
  const ground = () => (opening ??= openGround(options))
  runner.describe('conformance of the declarations', () => {
    for (const [name, check] of Object.entries(CHECKS))
      testWith(runner, name, async () => void (await check(await ground())))
    testWith(runner, 'tells everybody what makes of a list that was read the list that would be read now', async () => {
      const open = await ground()
      await seeded(seed, async (_dice, log) => void (await eventsKeepListsTrue(open, ROUNDS * depth, log)))
    })
    const last = runner.after ?? runner.afterAll
    last?.(async () => {
      const open = await opening?.catch(() => undefined)
      await open?.stage.close()
    })
  })
} // prettier-ignore
