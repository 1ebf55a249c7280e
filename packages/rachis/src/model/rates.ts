import type { AnyResource } from '../declare'
import type { Rate } from '../declare/rates'
import type { RatePolicy } from '../util/rate-counter'
import type { Operation } from './operation'

const WINDOW = 60

const policyOf = (name: string, { requests, window = WINDOW }: Rate): RatePolicy[] =>
  requests === undefined ? [] : [{ name, requests, window }]

/** What a declaration says of how often an operation may be called; the narrower policy first. */
export const ratesOf = (
  { name, spec: { limits } }: AnyResource,
  operation: Pick<Operation, 'name'>
): Pick<Operation, 'rates' | 'cost'> => {
  const { operations = {}, ...ofResource } = limits?.rate ?? {}
  const own = operations[operation.name] ?? {}
  const rates = [...policyOf(`${name}.${operation.name}`, own), ...policyOf(name, ofResource)]

  return {
    ...(rates.length > 0 ? { rates } : {}),
    ...(own.cost === undefined ? {} : { cost: own.cost })
  }
}
