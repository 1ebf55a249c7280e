import { isSortable } from '../declare/column-types'
import type { Model } from '../model/model'
import type { RelationInfo } from '../model/models'
import { endsOf, relationsOf } from '../model/models'
import type { Operation } from '../model/operations'

/** The operations that somebody may call from outside; the others are no part of any document. */
export const offeredOf = ({ operations }: Model): Operation[] =>
  operations.filter(({ rule }) => rule.kind !== 'false')

/** Whether there is somebody who may be told of its changes. */
export const isTold = ({ events, rules }: Model): boolean => events.length > 0 && rules.read.kind !== 'false'

/** The relations that somebody may follow from a model: by `include`, and in filters. */
export const followable = (model: Model): RelationInfo[] =>
  relationsOf(model).filter((relation) => endsOf(relation).every(([end]) => end.rules.read.kind !== 'false'))

/** Names to sort by beyond which only the fields of the resource itself are listed: what refers to much would fill a document with them. */
const MAX_SORTED = 200

const orderedFields = ({ fields }: Model): string[] =>
  [...fields.values()].filter((field) => !field.hidden && isSortable(field)).map(({ name }) => name)

/** The fields of records that each record refers to, one relation away; lists may be sorted by more than these. */
const referredFields = (model: Model): string[] =>
  followable(model)
    .filter(({ kind, column }) => kind === 'one' && !model.fields.get(column)?.hidden)
    .flatMap(({ name, target }) => orderedFields(target).map((field) => `${name}.${field}`))

/** A name of a related field as enumerations spell it, which have no dots. */
export const spelled = (name: string): string => name.replaceAll('.', '__')

/** As generators of clients spell it, which leave out dots and underscores: `user.id` and `user_id` would be one name. */
const letters = (name: string): string => name.replace(/[._]/g, '').toLowerCase()

/** Without names whose letters are those of a field of the resource, or of another one before them: generated types could not tell them apart. */
const toldApart = (own: readonly string[], referred: readonly string[]): string[] => {
  const taken = new Set(own.map(letters))

  return referred.filter((name) => !taken.has(letters(name)) && taken.add(letters(name)))
}

/** What lists can be sorted by. */
export interface Sortable {
  /** Names of fields, and of those of related records, such as `owner.name`. */
  readonly names: readonly string[]
  /** Whether there are too many of related records to be among them. */
  readonly isCut: boolean
}

/**
 * What the documents list to sort a resource by.
 *
 * @example sortable(tasks).names // ['id', 'title', …, 'owner.id', 'owner.name', …]
 */
export const sortable = (model: Model): Sortable => {
  const [own, referred] = [orderedFields(model), referredFields(model)]
  const isCut = own.length + referred.length > MAX_SORTED

  return { names: isCut ? own : [...own, ...toldApart(own, referred)], isCut }
}
