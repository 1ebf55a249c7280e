import assert from 'node:assert/strict'
import type { Model } from '../../model/model'
import type { Operation } from '../../model/operations'
import { and, columnsOf } from '../../declare/predicate'
import { predicateOfQuery } from '../../sql/feathers-query'
import { mayApply } from '../../rules/policy'
import { dataSchema } from '../../model/schemas'
import type { Json } from '../wire'

import { anonymous } from '../wire'
import { byRest, bySocket, described } from './calls'
import type { Call, Outcome } from './calls'
import type { Dice } from '../dice'
import type { Ids } from '../samples'
import { dataFor, rowFor, sampleOf } from '../samples'
import type { Stage } from './stage'
import { SqlConnection, insertRandom, isOfSignIn } from './tables'

export type Tally = Map<string, { done: number; refused: number }>
const count = (tally: Tally, what: string, isDone: boolean) => {
  const known = tally.get(what) ?? { done: 0, refused: 0 }
  tally.set(what, isDone ? { ...known, done: known.done + 1 } : { ...known, refused: known.refused + 1 })
}

const KINDS = ['create', 'create', 'update', 'patch', 'patch', 'remove', 'restore', 'transition'] as const
type Kind = (typeof KINDS)[number]
const SQL_KINDS = [
  'insert',
  'insert',
  'update',
  'update',
  'update',
  'delete',
  'transaction',
  'rollback'
] as const
/** How often a kind is tried that chance has left out: some may be refused, or fail by a key that is taken. */
const TRIES = 10
const BEGIN = `begin; set local lock_timeout = '200ms'`
/** A key that is taken, a row that somebody else has locked: then this transaction does not come about. */
const TAKEN = /^(23|25P02|40P01|55P03)/

const typesOf = ({ fields }: Model) => new Map([...fields.values()].map(({ name, type }) => [name, type]))

const stepOf = ({ states }: Model, { name }: Operation) =>
  states?.transitions.find((transition) => transition.name === name)

/** Steps of all state machines are one kind of deed. */
const kindOf = (model: Model, operation: Operation) =>
  stepOf(model, operation) ? 'transition' : operation.name

/** What a record has to be for this to make sense. */
const stateFor = (model: Model, operation: Operation): Json => {
  if (operation.name === 'restore') return { deleted_at: { $ne: null } }
  const { states } = model
  const step = stepOf(model, operation)

  return step ? { [states!.field]: { $in: step.from } } : {}
}

/** Does random things on a stage, by every way that there is. */
export class Deeds {
  readonly tally: Tally = new Map()
  readonly writable: readonly Model[]

  constructor(
    private readonly stage: Stage,
    private readonly dice: Dice,
    private readonly log: string[]
  ) {
    this.writable = stage.models.filter((model) => !isOfSignIn(model))
  }

  /** Ids that foreign keys may name, and that things may be done to. The cast itself is left in peace. */
  private async known(): Promise<{ ids: Ids; targets: Ids }> {
    const ids = await this.stage.eye.idsOf(this.writable)
    const cast = this.stage.castIds
    const of = (resource: string) => ids.get(resource) ?? []

    return {
      // Two in three refer to somebody who is watched.
      ids: (resource) => (resource === 'users' && this.dice.chance(0.66) ? cast : of(resource)),
      targets: (resource) => of(resource).filter((id) => resource !== 'users' || !cast.includes(id as number))
    }
  }

  /** Somebody, and something to do it to: mostly such that they may. */
  private async actorOf(model: Model, operation: Operation, targets: readonly unknown[]) {
    const { dice, stage } = this
    const people = [...Object.values(stage.cast), anonymous]
    const users = await Promise.all(people.map((person) => stage.userOf(person)))
    const able = people.filter((_, index) => mayApply(operation.rule, users[index]))
    const person = dice.pick(able.length > 0 && dice.chance(0.85) ? able : people)
    if (operation.target !== 'record') return { person }
    const user = users[people.indexOf(person)] ?? null
    const rule = and([operation.rule, predicateOfQuery(stateFor(model, operation), typesOf(model))])
    const allowed = await stage.allowed(model, rule, user)
    const readable = stepOf(model, operation) ? await stage.allowed(model, model.rules.read, user) : allowed
    const fitting = targets.filter((id) => allowed.includes(id) && readable.includes(id))

    // Now and then to one that they may not touch.
    return {
      person,
      id: dice.chance(0.2) ? dice.pick(targets) : fitting.length > 0 ? dice.pick(fitting) : null
    }
  }

  private dataOf(model: Model, operation: Operation, ids: Ids): unknown {
    const { dice } = this
    const { name, data, input } = operation
    if (data === 'none') return undefined
    if (data === 'input') return dice.value(sampleOf(input as never))
    const schema = dataSchema(model, name as 'create')
    // Often by those who may not write all: then a call that leaves such fields out is the likelier one.
    const without = [...model.fields.values()]
      .filter(({ write }) => write !== true)
      .map((field) => field.name)
    const one = () => dataFor(model, schema as never, dice, ids, { probability: name === 'patch' ? 0.25 : 0.5, without: dice.chance(0.8) ? without : [] }) // prettier-ignore

    return name === 'create' && dice.chance(0.3) ? [one(), one(), one()] : one()
  }

  private operationsOf(kind: Kind) {
    const all = this.writable.flatMap((model) => model.operations.map((operation) => ({ model, operation })))

    return all.filter(({ model, operation }) => kindOf(model, operation) === kind)
  }

  /** The kinds of calls that the resources have. */
  private get kinds(): readonly Kind[] {
    return KINDS.filter((kind) => this.operationsOf(kind).length > 0)
  }

  /** One call of one operation by somebody, over one of the transports of one of the processes. */
  async call(kind: Kind = this.dice.pick(this.kinds)): Promise<void> {
    const { dice, stage } = this
    const { model, operation } = dice.pick(this.operationsOf(kind))
    const { ids, targets } = await this.known()
    const known = targets(model.name)
    if (operation.target === 'record' && known.length === 0) return
    const { person, id } = await this.actorOf(model, operation, known)
    if (id === null) return
    const call: Call = { model, operation, id, data: this.dataOf(model, operation, ids) }
    const watcher = stage.watchers.find((one) => one.person.name === person.name)
    const isSocket = watcher !== undefined && dice.chance(0.5)
    this.log.push(`${person.name} ${isSocket ? 'by socket' : 'by REST'}: ${described(call)}`)
    const outcome: Outcome = await (isSocket
      ? bySocket(watcher.socket, call)
      : byRest(dice.pick(stage.worlds), person, call))
    this.log.push(`  ${outcome.status} ${JSON.stringify(outcome.body)}`)
    if (outcome.status >= 500) throw new Error(`${described(call)}: ${JSON.stringify(outcome.body)}`)
    count(this.tally, kind, !outcome.isRefused)
  }

  /** That all that there is to do was done some time. What can be restored is up to chance. */
  wereVaried() {
    const kinds = KINDS.filter((name) => name !== 'restore')
    for (const kind of [...kinds, ...SQL_KINDS.map((name) => `SQL ${name}`), 'SQL interleaved'])
      assert.ok(this.cameAbout(kind), `no ${kind} came about`)
  }

  private cameAbout(kind: string): boolean {
    return (this.tally.get(kind)?.done ?? 0) > 0
  }

  /** Does the kinds that chance has left out: which of the calls are let pass depends on how they and SQL beside them fall. */
  async makeUp(other: SqlConnection, agree: () => Promise<void>): Promise<void> {
    const untilDone = async (kind: string, again: () => Promise<void>) => {
      for (let tries = 0; tries < TRIES && !this.cameAbout(kind); tries++) {
        await again()
        await agree()
      }
    }
    for (const kind of this.kinds) await untilDone(kind, () => this.call(kind))
    for (const kind of SQL_KINDS) await untilDone(`SQL ${kind}`, () => this.sql(this.stage.hand, kind))
    await untilDone('SQL interleaved', () => this.interleaved(other))
  }

  /** One statement, or a transaction of some, kept or taken back. */
  async sql(hand: SqlConnection = this.stage.hand, kind = this.dice.pick(SQL_KINDS)): Promise<void> {
    const { dice } = this
    const steps = kind === 'transaction' || kind === 'rollback' ? 3 : 1
    const zone = dice.pick(['UTC', 'Europe/Berlin', 'Asia/Kolkata'])
    this.log.push(`SQL ${kind}, ${zone}`)
    await hand.sql(`set timezone = '${zone}'`)
    await hand.sql(BEGIN)
    const isDone = await this.steps(hand, kind, steps)
    await hand.sql(kind === 'rollback' || !isDone ? 'rollback' : 'commit')
    await hand.sql('reset timezone')
    count(this.tally, `SQL ${kind}`, isDone)
  }

  async steps(hand: SqlConnection, kind: string, steps: number): Promise<boolean> {
    const { dice } = this
    for (let step = 0; step < steps; step++) {
      const one = steps > 1 ? dice.pick(['insert', 'update', 'update', 'delete']) : kind
      const isDone = await this.statement(hand, one, dice.pick(this.writable)).then(
        () => true,
        (error: { code?: string }) => {
          if (!TAKEN.test(error.code ?? '')) throw error
          return false
        }
      )
      if (!isDone) return false
    }

    return true
  }

  async statement(hand: SqlConnection, kind: string, model: Model): Promise<unknown> {
    const { dice } = this
    const { ids, targets } = await this.known()
    const chosen = dice.some(targets(model.name), kind === 'delete' ? 0.1 : 0.4)
    this.log.push(`  ${kind} ${model.name} ${JSON.stringify(kind === 'insert' ? '' : chosen)}`)
    if (kind === 'insert') return insertRandom(hand, model, dice, ids)
    const condition = `id::text = any($1)`
    if (kind === 'delete')
      return hand.sql(`delete from "${model.name}" where ${condition}`, [chosen.map(String)])

    return hand.update(model.name, this.changesFor(model, ids), condition, [chosen.map(String)])
  }

  /** Mostly columns that rules ask for: they decide who gains and who loses sight. */
  private changesFor(model: Model, ids: Ids): Json {
    const { dice } = this
    const asked = new Set(columnsOf(model.rules.read))
    const unique = [...model.fields.values()].filter((field) => field.unique).map(({ name }) => name)
    const entries = Object.entries(rowFor(model, dice, ids)).filter(([name]) => !unique.includes(name) && (asked.has(name) ? dice.chance(0.6) : dice.chance(0.15))) // prettier-ignore
    const [fallback] = Object.entries(rowFor(model, dice, ids)).filter(([name]) => !unique.includes(name))
    if (entries.length > 0) this.log.push(`  ${JSON.stringify(Object.fromEntries(entries))}`)

    return Object.fromEntries(entries.length > 0 ? entries : [fallback!])
  }

  /** Two transactions of which the first to begin is the last to end: ids of changes become visible out of order. */
  async interleaved(other: SqlConnection): Promise<void> {
    const { hand } = this.stage
    this.log.push('SQL interleaved')
    await hand.sql(BEGIN)
    await this.steps(hand, 'update', 1)
    await other.sql(BEGIN)
    const isDone = await this.statement(other, 'update', this.dice.pick(this.writable)).then(() => true, () => false) // prettier-ignore
    await other.sql(isDone ? 'commit' : 'rollback')
    await this.stage.lookAround()
    const isFirstDone = await this.steps(hand, 'update', 1)
    await hand.sql(isFirstDone ? 'commit' : 'rollback')
    count(this.tally, 'SQL interleaved', isFirstDone)
  }
}
