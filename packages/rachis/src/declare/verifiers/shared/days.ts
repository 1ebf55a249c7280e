import type { AnyResource } from '../../any-resource'
import type { Problem } from './problem'
import { problem, shown } from './problem'

/** A hundred years. Much further back PostgreSQL has no time, and then nothing at all would be removed any more. */
const MAX_DAYS = 36_525

/** What is wrong with a number of days that something is retained for. */
export const daysProblems = (resource: AnyResource, key: 'retention' | 'audited'): Problem[] => {
  const days: unknown = (resource.spec[key] as { days?: unknown } | null)?.days
  if (Number.isSafeInteger(days) && (days as number) > 0 && (days as number) <= MAX_DAYS) return []
  const hint = `write ${key}: { days: 30 }, with a whole number of days above 0 and up to ${MAX_DAYS}`

  return [problem(resource, `${key}.days`, `${key}.days is ${shown(days)}`, hint)]
}
