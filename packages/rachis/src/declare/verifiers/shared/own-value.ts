import type { FieldInfo } from '../../field-info'
import { breaksConstraint } from './constraint'
import type { Finding } from './problem'
import { shown } from './problem'
import { wrongValue } from './value'

/**
 * Why a field does not take a value that its own declaration writes for it, or undefined where it does.
 *
 * @example wrongOwnValue(stock, -1, 'default')?.what // 'stock does not take its own default -1'
 */
export const wrongOwnValue = (
  field: FieldInfo,
  value: unknown,
  kind: 'default' | 'example' | 'value'
): Finding | undefined => {
  const { name } = field
  const wrong = wrongValue(field, value)
  if (wrong) return { ...wrong, what: `the ${kind} of ${name} is wrong: ${wrong.what}` }
  if (!breaksConstraint(value, field)) return undefined

  return {
    what: `${name} does not take its own ${kind} ${shown(value)}`,
    hint: `write ${kind === 'example' ? 'an example' : `a ${kind}`} that ${name} takes, or widen ${name}`
  }
}
