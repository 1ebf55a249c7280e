import type { ExistingConstraint } from './introspect'

/** What checks of the table say of one field, in the words of its type. */
export interface Bounds {
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly words?: readonly string[]
}

const CASTS = /::(?:text|numeric|integer|bigint|smallint|double precision|character varying|bpchar)(?:\(\d+\))?(?:\[\])?/g // prettier-ignore
const WRAPPED = /(?<!\w)\(([\w"]+|-?\d+(?:\.\d+)?|ARRAY\[[^\]]*\])\)/g

/** The condition as its author wrote it, as far as PostgreSQL lets that be told. */
const simplified = (sql: string): string => {
  let text = sql.replace(CASTS, '')
  for (let before = ''; before !== text;) {
    before = text
    text = text.replace(WRAPPED, '$1').replace(/'(-?\d+(?:\.\d+)?)'(?!\w)/g, '$1')
  }

  return text
}

const wordsIn = (list: string): string[] =>
  [...list.matchAll(/'((?:[^']|'')*)'/g)].map(([, word]) => word!.replace(/''/g, "'"))

type Reading = readonly [pattern: RegExp, bounds: (operand: string) => Bounds]
/** The conditions on a single column that a field can say. */
const readings = (column: string): readonly Reading[] => {
  const name = `"?${column}"?`
  return [
    [new RegExp(`^${name} = ANY \\(?ARRAY\\[(.*)\\]\\)?$`), (list) => ({ words: wordsIn(list) })],
    [new RegExp(`^${name} >= (-?\\d+(?:\\.\\d+)?)$`), (bound) => ({ minimum: Number(bound) })],
    [new RegExp(`^${name} <= (-?\\d+(?:\\.\\d+)?)$`), (bound) => ({ maximum: Number(bound) })],
    [new RegExp(`^(?:char_|character_)?length\\(${name}\\) >= (\\d+)$`), (bound) => ({ minLength: Number(bound) })],
    [new RegExp(`^(?:char_|character_)?length\\(${name}\\) <= (\\d+)$`), (bound) => ({ maxLength: Number(bound) })],
    [new RegExp(`^(?:char_|character_)?length\\(${name}\\) > 0$`), () => ({ minLength: 1 })]
  ] // prettier-ignore
}

/** What stands between `CHECK (` and `)`. */
export const conditionOf = ({ sql }: ExistingConstraint): string =>
  sql.replace(/^CHECK \((.*)\)(?: NOT VALID| NO INHERIT)*$/s, '$1').replace(/^\((.*)\)$/s, (all, inner: string) => (isBalanced(inner) ? inner : all)) // prettier-ignore

/** Whether each parenthesis is closed after it was opened, so that the pair around it can go. */
function isBalanced(text: string): boolean {
  let depth = 0
  for (const char of text.replace(/'(?:[^']|'')*'/g, '')) {
    if (char === '(') depth++
    if (char === ')' && --depth < 0) return false
  }

  return depth === 0
}

const boundsOf = (column: string, part: string): Bounds | undefined => {
  const text = part.replace(/^\((.*)\)$/s, '$1')
  for (const [pattern, bounds] of readings(column)) {
    const match = pattern.exec(text)
    if (match) return bounds(match[1] ?? '')
  }

  return undefined
}

/**
 * What a check says of its one column; undefined where a field has no words for it.
 *
 * @example readCheck({ …, columns: ['total'], sql: 'CHECK ((total >= (0)::numeric))' }) // { minimum: 0 }
 */
export const readCheck = (check: ExistingConstraint): Bounds | undefined => {
  const [column, ...others] = check.columns
  if (column === undefined || others.length > 0) return undefined
  const parts = simplified(conditionOf(check)).split(' AND ').map((part) => boundsOf(column, part.trim())) // prettier-ignore

  return parts.includes(undefined) ? undefined : Object.assign({}, ...parts)
}
