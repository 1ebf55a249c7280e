import type { ColumnType } from '../declare'

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

/** Operands keep their full precision: cast to the column's own type, 10.005 would be rounded before it is compared. */
const WIDE: Partial<Record<ColumnType, string>> = {
  'numeric(12,2)': 'numeric',
  'timestamptz(3)': 'timestamptz',
  integer: 'bigint'
}
export const wideType = (type: ColumnType | undefined): string => (type && WIDE[type]) ?? type ?? 'text'
