import type { AnyResource } from '../any-resource'
import type { OperationRate } from '../rates'
import type { Problem } from './shared/problem'
import { problem, shown } from './shared/problem'

/** A day: a longer window would begin anew with each process. */
const MAX_WINDOW = 86_400

const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0
const isWindow = (value: unknown) => isCount(value) && (value as number) <= MAX_WINDOW

const COUNT = { isGood: isCount, expected: 'a whole number above 0' }
const EXPECTED = {
  requests: COUNT,
  window: { isGood: isWindow, expected: `seconds, from 1 to ${MAX_WINDOW}` },
  cost: COUNT
}

/** A rate that cannot be counted would limit nobody. */
export const rates = (resource: AnyResource): Problem[] => {
  const { operations = {}, ...ofResource } = resource.spec.limits?.rate ?? {}
  const problemsOf = (at: string, rate: OperationRate): Problem[] => {
    const given = rate.window === undefined ? rate : { requests: NaN, ...rate }

    return Object.entries(EXPECTED)
      .map(
        ([name, { isGood, expected }]) =>
          [name, given[name as keyof OperationRate], isGood, expected] as const
      ) // prettier-ignore
      .filter(([, value, isGood]) => value !== undefined && !isGood(value))
      .map(([name, , , expected]) => {
        const what = `${at}.${name} is ${shown(rate[name as keyof OperationRate])}`
        return problem(resource, `${at}.${name}`, what, `write ${expected} for ${name}`)
      })
  }

  return [
    ...problemsOf('limits.rate', ofResource),
    ...Object.entries(operations).flatMap(([name, rate]) =>
      problemsOf(`limits.rate.operations.${name}`, rate)
    )
  ]
}
