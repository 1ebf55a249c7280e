import { operatorOf } from '../declare/operators'
import type { Compare, Contains, In, IsNull, Like } from '../declare/predicate'
import { isLike } from './like'

const order = (a: unknown, b: unknown): number => (a === b ? 0 : (a as number) < (b as number) ? -1 : 1)

/** What is asked of one value, wherever it stands. */
export type ValueTest =
  | Pick<Compare<never>, 'kind' | 'comparison' | 'operand'>
  | Pick<In<never>, 'kind' | 'values'>
  | Pick<Contains, 'kind' | 'values'>
  | Pick<Like, 'kind' | 'pattern'>
  | Pick<IsNull<never>, 'kind'>

/** Whether a test holds of a value that is not null. */
export const valueHolds = (test: ValueTest, value: unknown): boolean => {
  switch (test.kind) {
    case 'compare':
      return operatorOf(test.comparison).meets!(order(value, test.operand))
    case 'in':
      return (test.values as readonly unknown[]).includes(value)
    case 'like':
      return isLike(value as string, test.pattern)
    case 'contains':
      return test.values.every((text) => text !== null && (value as unknown[]).includes(text))
    case 'is-null':
      return false
    default:
      return test satisfies never
  }
}
