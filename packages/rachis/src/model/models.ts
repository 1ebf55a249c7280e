import type { Model, Relation, Through } from './model'

/** Models by the names of their resources. */
export type Models = ReadonlyMap<string, Model>

/** A relation with the model of its other side. */
export interface RelationInfo extends Omit<Relation, 'target' | 'through'> {
  readonly target: Model
  readonly through?: Through<Model>
}

/** A model names the others that it refers to; which models these are is known here, so that the model itself is plain data. */
const lowered = new WeakMap<Model, Models>()
const NONE: Models = new Map()

/** Says that these models were lowered together, and so may be followed from one to another. */
export const linkModels = (models: Models): void => {
  for (const model of models.values()) lowered.set(model, models)
}

/** The models that a model was lowered together with, itself included. */
const modelsWith = (model: Model): Models => lowered.get(model) ?? NONE

/** The model of another resource, undefined where there is none of this name. */
export const otherModel = (model: Model, name: string): Model | undefined => modelsWith(model).get(name)

const followed = (model: Model, relation: Relation): RelationInfo | undefined => {
  const target = otherModel(model, relation.target)
  const { through, ...rest } = relation
  if (!target || !through) return target && { ...rest, target }
  const resource = otherModel(model, through.resource)

  return resource && { ...rest, target, through: { ...through, resource } }
}

/**
 * A relation of a model with the model of its other side; undefined where there is none of this name.
 *
 * @example relationOf(tasks, 'owner')?.target.name // 'users'
 */
export const relationOf = (model: Model, name: string): RelationInfo | undefined => {
  const relation = model.relations.find((one) => one.name === name)

  return relation && followed(model, relation)
}

/** The ends that a relation is followed over, each with the columns there that are compared. */
export const endsOf = ({ target, by, through }: RelationInfo): (readonly [Model, ...string[]])[] => [
  [target, by],
  ...(through ? [[through.resource, through.by, through.to] as const] : [])
]

/** All relations of a model that lead to a model. */
export const relationsOf = (model: Model): RelationInfo[] =>
  model.relations.flatMap((relation) => followed(model, relation) ?? [])
