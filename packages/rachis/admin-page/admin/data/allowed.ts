import type { DescribedOperation, DescribedResource } from './description'
import type { Row, Untyped } from './client'

type When = NonNullable<DescribedOperation['when']>

const ordered: Readonly<Record<string, (a: Untyped, b: Untyped) => boolean>> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b
}

/** A column that the reader is not shown is not known here, so that the server is to be asked. */
const valueIn = (record: Row, of: { readonly name?: string }): unknown => record[of.name ?? '']

const holds = (when: When, record: Row): boolean => {
  switch (when.kind) {
    case 'true':
      return true
    case 'false':
      return false
    case 'and':
      return when.all.every((part) => holds(part, record))
    case 'or':
      return when.any.some((part) => holds(part, record))
    case 'not':
      return !holds(when.test, record)
    case 'is-null':
      return (valueIn(record, when.of as never) ?? null) === null
    case 'in':
      return (when.values as readonly unknown[]).includes(valueIn(record, when.of as never))
    case 'compare':
      return ordered[when.comparison]!(valueIn(record, when.of as never), when.operand)
    default:
      return true
  }
}

/** Whether an operation is to be offered for this record: its rule may hold, and a step begins where the record is. */
export const isAllowed = (
  resource: DescribedResource,
  operation: DescribedOperation,
  record: Row
): boolean => {
  const step = resource.states?.transitions.find(({ name }) => name === operation.name)
  if (step && !step.from.includes(String(record[resource.states!.field]))) return false

  return operation.when === undefined || holds(operation.when, record)
}
