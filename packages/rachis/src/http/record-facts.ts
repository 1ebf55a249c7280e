import type { Operation } from '../model/operations'
import type { CheckedAnswer } from './answer'

/** What the answer of a record says of its changes. */
interface RecordFacts {
  /** How often it was changed, where it counts that. */
  readonly version?: string
  /** When it was changed last, where that says when the answer was. */
  readonly modified?: Date
}

const NOTHING: RecordFacts = {}
/**
 * The end of a record as text, whose last columns are these. In a value of the record quotes would stand behind backslashes, and an object
 * that ends like that would be followed by another bracket.
 */
const END = /(?:"updated_at":"([^"\\]{1,40})"(?:,|\}$))?(?:"version":(\d{1,16})\})?$/
const MOST_CHARACTERS = 120

const versionIn = (body: unknown): string | undefined => {
  const { version } = (body ?? {}) as { version?: unknown }
  return Number.isSafeInteger(version) ? String(version) : undefined
}

/** Whole seconds, as HTTP has them. */
const dateOf = (instant: string | undefined): Date | undefined => {
  const time = instant === undefined ? NaN : Date.parse(instant)
  return Number.isNaN(time) ? undefined : new Date(Math.floor(time / 1000) * 1000)
}

/**
 * What the answer of one record says of when and how often it was changed: where that is the end of it, nothing follows that could change
 * by itself, such as related records. An answer of some fields only says what is among them.
 *
 * @example recordFacts(getTask, { text: '{"id":7,"updated_at":"2026-11-28T20:00:00.500Z","version":3}', … })
 * // { version: '3', modified: 2026-11-28T20:00:00Z }
 */
export const recordFacts = ({ validators }: Operation, { body, text = '' }: CheckedAnswer): RecordFacts => {
  if (!validators?.version && !validators?.modified) return NOTHING
  const [, updatedAt, version] = END.exec(text.slice(-MOST_CHARACTERS)) ?? []

  return {
    version: validators.version ? (versionIn(body) ?? version) : undefined,
    modified: validators.modified ? dateOf(updatedAt) : undefined
  }
}

/** Whether a record was not changed since a date of HTTP; false for what is none. */
export const isUnmodified = (modified: Date, since: string | undefined): boolean =>
  since !== undefined && modified.getTime() <= Date.parse(since)
