import { optionsText, quoted } from '../draft'
import type { Bounds } from './conditions'
import type { ExistingColumn } from './introspect'

const LONGEST_KEY = 255

type Reader = (bounds: Bounds, length: string | undefined) => string
const texts: Reader = ({ words, minLength, maxLength }, length) => {
  if (words) return `oneOf(${words.map(quoted).join(', ')})`
  const longest = [maxLength, length && Number(length)].filter((bound) => typeof bound === 'number')
  const most = longest.length > 0 ? Math.min(...longest) : undefined

  return `text(${optionsText({ minLength, maxLength: most })})`
}
const numbers = (helper: string, options: object = {}): Reader => ({ minimum, maximum }) =>
  `${helper}(${optionsText({ ...options, ...(minimum === undefined ? {} : { minimum }), ...(maximum === undefined ? {} : { maximum }) })})` // prettier-ignore
const always =
  (type: string): Reader =>
  () =>
    type

/** How the types of PostgreSQL are declared. */
const TYPES: readonly (readonly [RegExp, Reader])[] = [
  [/^text$/, texts],
  [/^character(?: varying)?(?:\((\d+)\))?$/, texts],
  [/^smallint$/, numbers('integer', { minimum: -32768, maximum: 32767 })],
  [/^integer$/, numbers('integer')],
  [/^bigint$/, numbers('Type.Integer', { column: 'bigint' })],
  [/^numeric\((?:[1-9]|1[0-2]),[0-2]\)$/, numbers('money')],
  [/^(?:real|double precision)$/, numbers('Type.Number')],
  [/^boolean$/, always('boolean()')],
  [/^uuid$/, always("Type.String({ format: 'uuid' })")],
  [/^date$/, always("Type.String({ format: 'date' })")],
  [/^timestamp(?:\(\d\))? with(?:out)? time zone$/, always('timestamp()')],
  [/^jsonb?$/, always('json()')],
  [/^(?:text|character varying(?:\(\d+\))?)\[\]$/, always('textArray()')]
]

/**
 * The type of a column as a declaration says it; undefined where there is none for it.
 *
 * @param isKey whether it is indexed, so that its texts have to be bounded
 * @example columnTypeText({ type: 'character varying(40)', … }, {}, false) // 'text({ maxLength: 40 })'
 */
export const columnTypeText = ({ type, words }: ExistingColumn, bounds: Bounds, isKey: boolean): string | undefined => {
  if (words) return texts({ ...bounds, words }, undefined)
  for (const [pattern, read] of TYPES) {
    const match = pattern.exec(type)
    const isUnbounded = read === texts && isKey && bounds.maxLength === undefined && match?.[1] === undefined
    if (match) return read(isUnbounded ? { ...bounds, maxLength: LONGEST_KEY } : bounds, match[1])
  }

  return undefined
} // prettier-ignore

const TEXT_DEFAULT = /^'((?:[^']|'')*)'::/

/**
 * TypeScript of a column's default; undefined where that is no constant.
 *
 * @example defaultText("'draft'::text") // "'draft'"
 */
export const defaultText = (expression: string | null): string | undefined => {
  if (expression === null) return undefined
  if (/^(true|false|-?\d+(\.\d+)?)$/.test(expression)) return expression
  const text = TEXT_DEFAULT.exec(expression)?.[1]?.replace(/''/g, "'")
  if (text === undefined) return undefined
  if (expression.endsWith('[]')) return text === '{}' ? '[]' : undefined
  if (/::jsonb?$/.test(expression)) return text
  if (/::(numeric|integer|bigint|smallint|double precision)/.test(expression)) return text

  return /::(text|character|"?[a-z_]+"?$)/.test(expression) ? quoted(text) : undefined
}
