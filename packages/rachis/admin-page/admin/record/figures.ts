import type { Schema } from '../data/description'
import { present } from '../form/schema'
import { amount } from './value'

/** The schema of a property, of the items where it is a list. */
export const within = (schema: Schema | undefined, name: string): Schema | undefined => {
  const { items, properties } = schema ?? {}
  return ((items as Schema | undefined)?.properties ?? properties)?.[name] as Schema | undefined
}

/** Whole numbers are counts of something; only others can be amounts of money. */
const currencyFor = (schema: Schema | undefined, currency: unknown) =>
  present(schema ?? {}).schema.type === 'integer' ? undefined : currency

/** `{ minimum: 0, maximum: 1 }` */
const isShare = (schema: Schema | undefined) => {
  const { minimum, maximum } = present(schema ?? {}).schema
  return minimum === 0 && maximum === 1
}

const percent = (value: number) => value.toLocaleString(undefined, { style: 'percent', maximumFractionDigits: 2 }) // prettier-ignore

/**
 * Writes figures of one kind as people read them: parts of a whole as percentages, amounts in the currency if one is named, and cents only
 * where one of them has some.
 */
export const figureFormat = (
  values: readonly number[],
  schema: Schema | undefined,
  currency?: unknown
): ((value: number) => string) => {
  if (isShare(schema)) return percent
  const decimals = values.every(Number.isInteger) ? 0 : 2

  return (value) => amount(value, decimals, currencyFor(schema, currency))
}
