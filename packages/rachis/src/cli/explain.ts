import { createDatabase } from '../database/query'
import type { Application } from '../declare/declarations'
import type { Predicate } from '../declare/predicate'
import { alternativesOf, and, column, compare, TRUE } from '../declare/predicate'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import { restrictionOf } from '../rules/policy'
import type { User } from '../rules/policy'
import { isOfUser, predicateWords, ruleWords } from '../rules/words'
import { recordIdOf } from '../service/hooks/validate'
import { targetOf } from '../service/target'
import type { Statement } from '../sql/where'
import { select } from '../sql/statements'
import { argumentsOf } from './arguments'
import { userFrom } from './caller'
import { print } from './print'
import type { Project } from './project'
import { verifiedModels } from './project'
import { modelNamed } from './transfer'

const USAGE = 'npm run explain -- <resource> <operation> [<id of a record>] [--as <email or id of a user>]'

/** A question: may this user do this, to this record. */
interface Question {
  readonly app: Application
  readonly model: Model
  readonly operation: Operation
  /** Undefined for an operation on no record. */
  readonly id?: string | number
  readonly user: User
}

const run = ({ app }: Question, statement: Statement) =>
  createDatabase(app.get('postgresqlClient')).query(statement)

/** The statement that finds the record where a condition holds. */
const selectWhere = ({ model, user, id }: Question, condition: Predicate): Statement => {
  const ofRecord = id === undefined ? [] : [compare(column('id', model.fields.get('id')!.type), '=', id)]
  return select(targetOf(model), { where: and([restrictionOf(condition, user), ...ofRecord]) }, ['id'])
}

/** Whether one condition holds: of the user alone, of the record, or of no record in particular. */
const verdictOf = async (question: Question, condition: Predicate): Promise<boolean | undefined> => {
  const { kind } = restrictionOf(condition, question.user)
  if (kind === 'false') return false
  if (kind === 'true' || isOfUser(condition)) return true
  if (question.id === undefined) return undefined

  return (await run(question, selectWhere(question, condition))).length > 0
}

const WORDS = new Map([
  [true, 'yes'],
  [false, 'no'],
  [undefined, 'depends on the record']
])

/** Prints each alternative of a rule with each of its conditions; answers whether the rule holds. */
const explainRule = async (question: Question, rule: Predicate): Promise<boolean | undefined> => {
  const verdicts: (boolean | undefined)[] = []
  for (const conditions of alternativesOf(rule)) {
    const found = []
    for (const one of conditions) found.push(await verdictOf(question, one))
    verdicts.push(found.includes(false) ? false : found.every(Boolean) || undefined)
    print(`  ${WORDS.get(verdicts.at(-1))}: ${ruleWords(and(conditions))}`)
    for (const [index, one] of conditions.entries()) print(`      ${WORDS.get(found[index])}: ${predicateWords(one)}`)
  } // prettier-ignore
  if (verdicts.includes(true)) return true

  return verdicts.includes(undefined) ? undefined : false
}

/** The statement by which the rule chooses records, as PostgreSQL gets it, and how it would find them. */
const explainPlan = async (question: Question, rule: Predicate) => {
  if (!question.model.source || restrictionOf(rule, question.user).kind === 'false') return
  const statement = selectWhere(question, rule)
  print(`\n${statement.text}\n-- ${JSON.stringify(statement.values)}`)
  const plan = await run(question, { ...statement, text: `explain ${statement.text}` })
  for (const line of plan) print(`  ${String(line['QUERY PLAN'])}`)
}

const answer = async (question: Question) => {
  const { model, operation, id } = question
  const isOnRecord = id !== undefined
  print(`May they ${operation.name} ${isOnRecord ? `${model.name} ${id}` : model.name}?`)
  const may = await explainRule(question, operation.rule)
  const isThere = !isOnRecord || (await run(question, selectWhere(question, TRUE))).length > 0
  if (!isThere) print('  There is no such record.')
  print(`Answer: ${WORDS.get(may)}`)
  if (may === false && isOnRecord && operation.rule !== model.rules.read) {
    print('\nMay they read it? Who may not is answered 404 in place of 403.')
    await explainRule(question, model.rules.read)
  }
  await explainPlan(question, operation.rule)
}

const questionOf = (models: readonly Model[], [resource, name, id]: readonly string[]) => {
  const model = modelNamed(models, name && resource, USAGE)
  const operations = model.operations.filter(({ form }) => form === undefined)
  const operation = operations.find((one) => one.name === name)
  if (!operation) throw new Error(`${model.name} has no operation ${name}; it has ${operations.map((one) => one.name).join(', ')}`) // prettier-ignore

  return { model, operation, ...(id === undefined ? {} : { id: recordIdOf(model, id) as string | number }) }
}

/**
 * Says why a user may do something, or may not: each alternative of the rule with each of its conditions, for one record or for none in
 * particular, the statement by which the rule finds records, and PostgreSQL's plan of it. Without `--as` nobody is signed in.
 *
 * @example npm run explain -- tasks patch 16 --as 3
 * @throws {Error} for an unknown resource, operation or user
 */
export const explainCommand = async (project: Project, args: readonly string[]): Promise<void> => {
  const { values, positionals } = argumentsOf(args, { as: { type: 'string' } }, USAGE)
  const [, , , more] = positionals
  if (more !== undefined) throw new Error(`${more} stands for nothing here\nUsage: ${USAGE}`)
  const asked = questionOf(await verifiedModels(project), positionals)
  const app = (await project.load()).createApp()
  await app.setup()
  try {
    await answer({ app, ...asked, user: await userFrom(app, values.as) })
  } finally {
    await app.teardown()
  }
}
