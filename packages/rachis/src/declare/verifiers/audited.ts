import type { AnyResource } from '../any-resource'
import type { Problem } from './shared/problem'
import { daysProblems } from './shared/days'

/** How long changes are kept. Without a time, changes would be removed that the feed has not handed on yet. */
export const audited = (resource: AnyResource): Problem[] =>
  resource.spec.audited === undefined ? [] : daysProblems(resource, 'audited')
