import type { AnyResource } from '../any-resource'
import type { Problem } from './shared/problem'
import { problem } from './shared/problem'

/** What is said of a table that is made, or recorded. */
const OF_MADE = [
  'was',
  'indexes',
  'unique',
  'search',
  'checks',
  'large',
  'audited',
  'retention',
  'members',
  'versioned'
] as const

/** The table of `source` belongs to another declaration: nothing is created for it, and the feed has no changes under this name. */
export const source = (resource: AnyResource): Problem[] =>
  resource.spec.source === undefined
    ? []
    : OF_MADE.filter((key) => resource.spec[key] !== undefined).map((key) =>
        problem(
          resource,
          key,
          `${key} is said of a table that is made, and ${resource.spec.source} is there already`,
          `leave ${key} out, or say it where ${resource.spec.source} is declared`
        )
      )
