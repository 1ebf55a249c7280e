import type { Table, TableColumn } from '../../model/table'
import { byName } from '../table-difference'
import { castOf } from './casts'
import { isKey } from './decisions'
import { ofColumn } from './mentions'
import { isWider } from './narrowing'
import { withColumns } from './respell'
import type { Refusal } from './step'

/** A column of before and what it becomes, of another name or of another type. */
export interface Move {
  readonly old: TableColumn
  readonly next: TableColumn
}

export const isRename = ({ old, next }: Move): boolean => old.name !== next.name

const checksOf = ({ constraints }: Table, name: string) =>
  constraints.filter(({ kind, fields }) => kind === 'check' && fields.length === 1 && fields[0] === name)

/** Both programs keep to the conditions of the new column, of which the old one knows nothing. */
const isNarrower = (from: Table, to: Table, { old, next }: Move): boolean => {
  const known = checksOf(withColumns(from, new Map([[old.name, next.name]])), next.name)
  return checksOf(to, next.name).some(({ sql }) => !known.some((one) => isWider(one.sql, sql)))
}

const isComputedFrom = (table: Table, name: string): boolean =>
  [...table.columns, ...(table.search?.columns ?? [])].some((column) => ofColumn(column)(new Set([name])))

const isExact = ({ old, next }: Move): boolean =>
  old.type === next.type ||
  (castOf(old.type, next.type)?.isExact === true && castOf(next.type, old.type) !== undefined)

/** The columns of a table that are renamed, or get another type. */
export const movesOf = (from: Table, to: Table): Move[] => {
  const known = byName(from.columns)

  return to.columns.flatMap((next): Move[] => {
    const old = known.get(next.name) ?? known.get(next.was ?? '')
    return old && (old.name !== next.name || old.type !== next.type) ? [{ old, next }] : []
  })
}

type Ask = (from: Table, to: Table, move: Move) => boolean

/** Why two columns cannot hold the same for two programs. */
const REASONS: readonly (readonly [reason: string, asks: Ask])[] = [
  [
    'is not the only column of its table that is renamed or gets another type, which is one migration after the other',
    (from, to) => movesOf(from, to).length > 1
  ],
  [
    'is still written for the program before that: finish this first',
    ({ bridges = [] }, _to, { old }) => bridges.some(({ column, was }) => [column, was].includes(old.name))
  ],
  ['is computed', (_from, _to, { old, next }) => old.generated !== undefined || next.generated !== undefined],
  [
    'is searched, or another column is computed from it',
    (from, to, { old, next }) => isComputedFrom(from, old.name) || isComputedFrom(to, next.name)
  ],
  ['has a type that does not hold all its values', (_from, _to, move) => !isExact(move)],
  ['is a secret', ({ unrecorded }, _to, move) => !isRename(move) && unrecorded.includes(move.old.name)],
  [
    'is known by its values elsewhere',
    (from, to, { old, next }) => old.type !== next.type && isKey(old.name, [from, to])
  ],
  [
    'may not be null any more, which is a change of its own',
    (_from, _to, { old, next }) => old.nullable && !next.nullable
  ],
  [
    'may be null and has a default: what was left out could not be told from null',
    (_from, _to, { next }) => next.nullable && next.default !== undefined
  ],
  [
    'has another default, which is a change of its own',
    (_from, _to, move) => isRename(move) && move.old.default !== move.next.default
  ],
  [
    'has narrower conditions, which are a change of their own',
    (from, to, move) => isRename(move) && isNarrower(from, to, move)
  ]
]

/** That two columns cannot hold the same for two programs, and why; undefined where they can. */
export const refusalOf = (from: Table, to: Table, move: Move): Refusal | undefined => {
  const [reason] = REASONS.find(([, asks]) => asks(from, to, move)) ?? []
  if (reason === undefined) return undefined

  return {
    name: `${to.name}.${move.next.name}`,
    reason: `cannot be written beside the old column: it ${reason}`,
    hint: 'leave it out of --beside, and migrate at a quiet time'
  }
}
