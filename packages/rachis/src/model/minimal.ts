import type { Operation } from './operation'

/**
 * Whether the answer may be left out as `Prefer: return=minimal` asks: of a write that answers records, which its client could read. An
 * output of its own may be told once and never again.
 */
export const mayBeMinimal = ({ effect, answers }: Pick<Operation, 'effect' | 'answers'>): boolean =>
  effect === 'write' && (answers === 'record' || answers === 'records')
