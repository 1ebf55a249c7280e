import { resourcesIn } from '../../declare/predicate'
import type { Model } from '../../model/model'

/** The resources whose records decide about who may read those of a model, besides the records themselves. */
const ofModel = ({ rules, fieldRules, operations }: Model): string[] => {
  const reads = operations.flatMap(({ effect, rule }) => (effect === 'read' ? [rule] : []))
  const fields = [...fieldRules.values()].map(({ read }) => read)

  return [rules.read, ...fields, ...reads].flatMap((rule) => (rule ? resourcesIn(rule) : []))
}

/** The same for every model by its name, and for all of them together under `undefined`: related records are read by their own rules. */
export const ruleResources = (
  models: readonly Model[]
): ReadonlyMap<string | undefined, readonly string[]> => {
  const found = models.map((model) => [model.name, [...new Set(ofModel(model))]] as const)

  return new Map<string | undefined, readonly string[]>([
    ...found,
    [undefined, [...new Set(found.flatMap(([, names]) => names))]]
  ])
}
