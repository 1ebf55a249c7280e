import { typeInfo } from '../../column-types'
import type { FieldInfo } from '../../field-info'
import { normalized } from '../../normalized'
import type { Finding } from './problem'
import { instead, shown } from './problem'

const wrongText = ({ name, ...field }: FieldInfo, value: string): Finding | undefined => {
  const kept = normalized(value, field)
  if (kept !== value) {
    return {
      what: `${name} is kept in ${field.normalize} case and never ${shown(value)}`,
      hint: `write ${shown(kept)}`
    }
  }
  if (!field.enum || field.enum.includes(value)) return undefined

  return { what: `${shown(value)} is not a value of ${name}`, hint: instead(value, field.enum) }
}

const wrongNull = ({ name, nullable }: FieldInfo): Finding | undefined =>
  nullable
    ? undefined
    : {
        what: `${name} is never null`,
        hint: `declare ${name} nullable(…), or write a value in place of null`
      }

const isUndefined = ({ name }: FieldInfo): Finding => ({
  what: `${name} is given undefined`,
  hint: `write the value of ${name}; a constant of another file is undefined where two files import each other`
})

/** Why a column could not hold a value as it is written, or undefined where it could. */
export const wrongValue = (field: FieldInfo, value: unknown): Finding | undefined => {
  if (value === undefined) return isUndefined(field)
  if (value === null) return wrongNull(field)
  const { accepts, words } = typeInfo(field.type).declared
  if (accepts(value, field)) return typeof value === 'string' ? wrongText(field, value) : undefined

  return {
    what: `${shown(value)} is not a value of ${field.name}`,
    hint: `write ${words} for ${field.name}`
  }
}
