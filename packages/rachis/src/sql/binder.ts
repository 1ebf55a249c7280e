import type { ColumnType } from '../declare'
import { TEXT, typeInfo } from '../declare/column-types'

/** SQL text with `$1…` and its values. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}
/** Column name → type, for the casts that PostgreSQL cannot infer. */
export type ColumnTypes = ReadonlyMap<string, ColumnType>

/** Collects values while text is built. */
export class Binder {
  readonly values: unknown[] = []
  bind(value: unknown): string {
    this.values.push(value)
    return `$${this.values.length}`
  }
}

/** The SQL type of an operand; a column whose type is not known is compared as text. */
export const wideType = (type: ColumnType = TEXT.name): string => typeInfo(type).operandCast ?? type
