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
