import { hasBounds, isScalar, typeInfo } from './column-types'
import type { FieldInfo } from './field-info'

/** A comparison of two values as SQL writes it. */
export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>='

/** What an operator is compared with: a value of the field, a list of such, texts of a list, a pattern, or yes and no. */
export type OperandKind = 'value' | 'list' | 'texts' | 'pattern' | 'flag'

type Asked = Pick<FieldInfo, 'type' | 'nullable' | 'enum'>

/** An operator of queries and rules, with all that their readers know of it. */
export interface Operator {
  readonly operand: OperandKind
  /** How SQL writes it, where it compares two values. */
  readonly comparison?: Comparison
  /** The comparison that holds where this one does not; of NULL neither holds. */
  readonly opposite?: Comparison
  /** Whether it holds for two values of which the first is less (-1), the same (0) or more (1). */
  readonly meets?: (order: number) => boolean
  /** Whether queries may ask it of a field. */
  readonly takes: (field: Asked) => boolean
  /** Whether rules may ask it, which are read in memory as well. */
  readonly inRules: boolean
  /** For documents: `price is one of 1, 2`. */
  readonly words: string
  /** What the operand is, for documents, where it is not simply a value of the field. */
  readonly describe?: string
  /** What other APIs call it, without dollars, dashes and underscores. */
  readonly synonyms: readonly string[]
}

const isList = ({ type }: Asked) => typeInfo(type).shape === 'list'
/** The order of declared words is that of the declaration, which no comparison knows. */
const isOrdered = (field: Asked) => hasBounds(field) && !field.enum
/** Any text, and not one of declared words: only such a one may hold a comma. */
export const isFreeText = ({ type, enum: words }: Pick<FieldInfo, 'type' | 'enum'>): boolean =>
  typeInfo(type).isText === true && !words

/** The one table of operators: the parser, SQL, memory, the documents, the hints and the verifiers of declarations read it. */
export const OPERATORS = {
  $eq: {
    operand: 'value', comparison: '=', opposite: '<>', meets: (order) => order === 0, takes: isScalar, inRules: false,
    words: 'is', synonyms: ['eq', 'equals', 'is']
  },
  $ne: {
    operand: 'value', comparison: '<>', opposite: '=', meets: (order) => order !== 0, takes: isScalar, inRules: true,
    words: 'is not', synonyms: ['neq', 'not']
  },
  $in: {
    operand: 'list', takes: isScalar, inRules: true,
    words: 'is one of', describe: 'Values, separated by commas.', synonyms: ['any']
  },
  $nin: {
    operand: 'list', takes: isScalar, inRules: true,
    words: 'is none of', describe: 'Values, separated by commas.', synonyms: ['notin']
  },
  $lt: {
    operand: 'value', comparison: '<', opposite: '>=', meets: (order) => order < 0, takes: isOrdered, inRules: true,
    words: '<', synonyms: ['before', 'lessthan']
  },
  $lte: {
    operand: 'value', comparison: '<=', opposite: '>', meets: (order) => order <= 0, takes: isOrdered, inRules: true,
    words: '<=', synonyms: ['max', 'to']
  },
  $gt: {
    operand: 'value', comparison: '>', opposite: '<=', meets: (order) => order > 0, takes: isOrdered, inRules: true,
    words: '>', synonyms: ['after', 'greaterthan']
  },
  $gte: {
    operand: 'value', comparison: '>=', opposite: '<', meets: (order) => order >= 0, takes: isOrdered, inRules: true,
    words: '>=', synonyms: ['min', 'from']
  },
  $ilike: {
    operand: 'pattern', takes: isFreeText, inRules: false,
    words: 'is like', describe: 'A pattern: % stands for any text, _ for any character; case does not matter.',
    synonyms: ['like', 'regex', 'contains', 'startswith', 'icontains', 'iregex', 'search']
  },
  $contains: {
    operand: 'texts', takes: isList, inRules: false,
    words: 'has', describe: 'A word that the list has.', synonyms: ['has', 'includes', 'cs']
  },
  $null: {
    operand: 'flag', takes: ({ nullable }) => nullable, inRules: false,
    words: 'is null', describe: 'Whether there is no value.', synonyms: ['exists', 'isnull']
  }
} as const satisfies Readonly<Record<string, Operator>> // prettier-ignore

export type OperatorName = keyof typeof OPERATORS

/** All operators by their names, in the order in which they are listed to people. */
export const OPERATOR_NAMES = Object.keys(OPERATORS) as readonly OperatorName[]

/** An operator by a name that may be none; what every object inherits is none. */
export const findOperator = (name: string): Operator | undefined =>
  Object.hasOwn(OPERATORS, name) ? OPERATORS[name as OperatorName] : undefined

const BY_COMPARISON = new Map(
  OPERATOR_NAMES.flatMap((name) => {
    const { comparison }: Operator = OPERATORS[name]
    return comparison ? [[comparison, name] as const] : []
  })
)

/** The name of the operator that SQL writes so: `>=` is `$gte`. */
export const nameOf = (comparison: Comparison): OperatorName => BY_COMPARISON.get(comparison)!

/** The operator that SQL writes so. */
export const operatorOf = (comparison: Comparison): Operator => OPERATORS[nameOf(comparison)]

/**
 * The operators that queries may ask of a field; equality, which is written without one, left out.
 *
 * @example operatorsFor({ type: 'boolean', nullable: true }) // ['$ne', '$in', '$nin', '$null']
 */
export const operatorsFor = (field: Asked): string[] =>
  OPERATOR_NAMES.filter((name) => name !== '$eq' && (OPERATORS[name] as Operator).takes(field))
