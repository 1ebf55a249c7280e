import { createHash } from 'crypto'
import type { Model } from '../model/model'
import { onceFor } from '../util/once-for'
import { parentsOf } from './keys'

/** Characters of a mark. */
export const SCHEMA_MARK = 6

const markOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, SCHEMA_MARK)

/** What of a declaration decides what its readers are told: what a record looks like, in every version of the API, and who sees it. */
const declaredOf = ({ fields, visible, rules, fieldRules, versions = [] }: Model) => [
  visible.map((name) => [name, fields.get(name)?.type]),
  rules.read,
  [...fieldRules.values()].map(({ name, read }) => [name, read]),
  versions
]

/**
 * A mark of each resource's declaration: another one where records, or the rule by which they are read, are declared otherwise. Keys alone do
 * not show that, since they name the clauses of a rule and not what these ask.
 *
 * @example schemaMarks(models).get('tasks') // 'q83vEg'
 */
export const schemaMarks = onceFor((models: readonly Model[]): ReadonlyMap<string, string> => {
  const known = new Map(models.map((model) => [model.name, model]))
  const withParents = (model: Model, behind: readonly string[]): unknown[] => {
    const parents = parentsOf(model.rules.read).map(({ resource }) => resource)
    const further = parents.filter((name) => !behind.includes(name)).flatMap((name) => known.get(name) ?? [])

    return [declaredOf(model), ...further.map((parent) => withParents(parent, [...behind, parent.name]))]
  }

  return new Map(models.map((model) => [model.name, markOf(withParents(model, [model.name]))]))
})

/** An order of entries by their names. */
export const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1

/** One mark for all resources. */
export const markOfAll = onceFor((schemas: ReadonlyMap<string, string>) => markOf([...schemas].sort(byName)))
