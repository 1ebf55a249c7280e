import type { Operation } from '../model/operations'
import { identify } from './hooks/authenticate'
import { authorize } from './hooks/authorize'
import { cached } from './hooks/cache'
import { limitRate } from './hooks/limit-rate'
import { paginate } from './hooks/paginate'
import { selectGroups } from './hooks/select-groups'
import { share } from './hooks/share'
import type { Parts, Pipeline } from './pipeline-parts'
import { guardOf, sourceOf } from './pipeline-parts'

/** A read of what is computed of records. */
export const groups = (parts: Parts, operation: Operation): Pipeline => [
  ['identify', identify()],
  ['limit', limitRate(parts, operation.name)],
  ['cache', cached(parts.model, operation, parts.hasOtherHooks)],
  ['source', sourceOf(parts)],
  ['share', share()],
  ['authorize', authorize(parts.model)],
  ['guard', guardOf(parts, operation.name)],
  ['selectGroups', selectGroups(parts.model, operation)],
  ['paginate', paginate(parts.model)]
]
