import { existsSync, readFileSync, writeFileSync } from 'fs'
import path from 'path'
import type { Model } from '../model/model'
import { alsoRemoved } from '../model/rules'
import type { Operation } from '../model/operations'
import type { KindOfUser } from '../rules/kinds'
import { grantWords, kindsOfUsers } from '../rules/kinds'
import { fieldRule } from '../rules/policy'
import { differences } from './differences'
import { argumentsOf } from './arguments'
import { print } from './print'
import type { Project } from './project'
import { verifiedModels } from './project'

/** What one kind of users may do: a line of the snapshot. */
export interface Grant {
  readonly resource: string
  /** The name of an operation, or the fields that are `read` and those that an operation takes. */
  readonly of: string
  readonly who: string
  /** `yes`, of which records, or which fields. */
  readonly what: string
}

const HEAD = '# Who may do what: written by npm run access -- --save, and compared by npm run check.\n'
const fileOf = ({ root }: Project) => path.join(root, 'access.txt')

const rulesOf = ({ operations, rules, fieldRules }: Model) => [
  ...operations.map(({ rule }) => rule),
  ...Object.values(rules),
  ...[...fieldRules.values()].flatMap(({ read, write }) => [read, write])
]

/** Those who may do no more than anyone signed in need no line of their own, and neither do these where anybody may. */
const grantsBy = (kinds: readonly KindOfUser[], whatOf: (kind: KindOfUser) => string) => {
  const [anonymous, signedIn, ...named] = kinds.map((kind) => ({ who: kind.name, what: whatOf(kind) }))
  const all = [
    ...(anonymous!.what === 'no' ? [] : [anonymous!]),
    ...(signedIn!.what === anonymous!.what ? [] : [signedIn!]),
    ...named.filter(({ what }) => what !== signedIn!.what)
  ]

  return all.length > 0 ? all : [{ who: 'nobody', what: 'no' }]
}

/** `id, title, email (where id is the caller's id)` */
const fieldWords = (model: Model, names: readonly string[], access: 'read' | 'write', kind: KindOfUser) => {
  const granted = names.flatMap((name) => {
    const words = grantWords(alsoRemoved(fieldRule(model, name, access)), kind)
    if (words === 'no') return []
    return [words === 'yes' ? name : `${name} (${words})`]
  })

  return granted.join(', ') || 'none'
}

const takesFields = ({ data, target, form }: Operation) =>
  data === 'fields' && form === undefined && ['collection', 'record'].includes(target)

const fieldGrants = (model: Model, kinds: readonly KindOfUser[]) => {
  const may = (operation: Operation, kind: KindOfUser) =>
    grantWords(alsoRemoved(operation.rule), kind) !== 'no'
  const reads = model.operations.filter(({ name }) => name === 'get' || name === 'find').slice(0, 1)
  const writes = model.operations.filter(takesFields)
  const grantsOf = (operation: Operation, of: string, names: readonly string[], access: 'read' | 'write') =>
    grantsBy(kinds, (kind) => (may(operation, kind) ? fieldWords(model, names, access, kind) : 'no')).map(
      (grant) => ({ of, ...grant })
    )

  return [
    ...reads.flatMap((one) => grantsOf(one, 'fields read', model.visible, 'read')),
    ...writes.flatMap((one) =>
      grantsOf(one, `fields of ${one.name}`, Object.keys((one.input as { properties?: object }).properties ?? {}), 'write')
    )
  ] // prettier-ignore
}

/**
 * Who may do what, by kinds of users: each operation with the records that they may do it to, and the fields that they read and write.
 *
 * @example accessOf(models)[0] // { resource: 'tasks', of: 'find', who: 'signed in', what: "where user_id is the caller's id" }
 */
export const accessOf = (models: readonly Model[]): Grant[] => {
  const kinds = kindsOfUsers(models.flatMap(rulesOf))

  return models.flatMap((model) => {
    const operations = model.operations.filter(({ form }) => form === undefined)
    const ofOperations = operations.flatMap(({ name, rule }) =>
      grantsBy(kinds, (kind) => grantWords(alsoRemoved(rule), kind)).map((grant) => ({ of: name, ...grant }))
    )

    return [...ofOperations, ...fieldGrants(model, kinds)].map((grant) => ({
      resource: model.name,
      ...grant
    }))
  })
}

const lineOf = ({ resource, of, who, what }: Grant) => `${resource} | ${of} | ${who} | ${what}`

/** How the declarations differ from the access that was reviewed: nothing where none was saved. */
export const changedAccess = (project: Project, models: readonly Model[]): string[] => {
  const file = fileOf(project)
  if (!existsSync(file)) return []
  const saved = readFileSync(file, 'utf8').split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#')) // prettier-ignore

  return differences(saved, accessOf(models).map(lineOf))
}

const USAGE = 'npm run access -- [<resource> …] [--save] [--json]'
const OPTIONS = {
  save: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false }
} as const

/**
 * Prints who may do what: all of it, or that of the resources that are named. `--save` writes access.txt, which belongs under version
 * control: from then on a change of rights is a change of that file, and `npm run check` fails until it is saved. `--json` prints JSON.
 *
 * @throws {Error} for a name that is no resource
 */
export const accessCommand = async (project: Project, args: readonly string[]): Promise<void> => {
  const { values, positionals: names } = argumentsOf(args, OPTIONS, USAGE)
  const models = await verifiedModels(project)
  const unknown = names.filter((name) => !models.some((model) => model.name === name))
  if (unknown.length > 0)
    throw new Error(`No resource ${unknown.join(', ')}; there are ${models.map(({ name }) => name).join(', ')}`) // prettier-ignore
  const grants = accessOf(models)
  const shown = names.length > 0 ? grants.filter(({ resource }) => names.includes(resource)) : grants
  if (values.save) writeFileSync(fileOf(project), `${HEAD}${grants.map(lineOf).join('\n')}\n`)
  if (values.json) return print(JSON.stringify(shown, null, 2))
  for (const grant of shown) print(lineOf(grant))
}
