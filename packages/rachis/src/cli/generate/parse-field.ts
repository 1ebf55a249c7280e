import { snake } from '../../declare/verifiers/shared/name'
import { similar } from '../../util/similar'
import type { DraftField, Wrapper } from './draft'
import { literalText, UsageError, WRAPPERS } from './draft'
import type { FieldType } from './field-types'
import { FIELD_TYPES, OTHER_NAMES } from './field-types'

const TYPES = Object.keys(FIELD_TYPES)
/** What may stand behind the type. */
const MODIFIERS = [...WRAPPERS, 'index', 'default=…']

const typeOf = (name: string, type: string | undefined): FieldType => {
  if (!type) throw new UsageError(`The field ${name} has no type.`, `Type ${name}:text, or one of ${TYPES.join(', ')}`) // prettier-ignore
  if (Object.hasOwn(FIELD_TYPES, type)) return FIELD_TYPES[type]!
  const meant = OTHER_NAMES[type.toLowerCase()] ?? similar(type, TYPES)
  const example = meant && FIELD_TYPES[meant]!.isArgumentNeeded ? `${meant}:${FIELD_TYPES[meant]!.argument}` : meant // prettier-ignore
  throw new UsageError(
    `${type} is not a type of a field.`,
    example ? `Type ${name}:${example}` : `Type ${name}: and one of ${TYPES.join(', ')}`
  )
}

const assertName = (name: string): void => {
  if (/^[a-z][a-z0-9_]*$/.test(name)) return
  throw new UsageError(`${name || 'A field without a name'} is not a name in snake_case.`, `Type ${snake(name) || 'title'}:text`) // prettier-ignore
}

const isModifier = (word: string): boolean =>
  (WRAPPERS as readonly string[]).includes(word) || word === 'index' || word.startsWith('default=')

const assertArgument = (name: string, typeName: string, type: FieldType, argument: string | undefined) => {
  const example = `Type ${name}:${typeName}:${type.argument}`
  if (argument === undefined && type.isArgumentNeeded)
    throw new UsageError(`The field ${name} does not say ${typeName === 'belongsTo' ? 'what it belongs to' : 'its words'}.`, example) // prettier-ignore
  if (argument !== undefined && !type.accepts!.test(argument))
    throw new UsageError(`${argument} cannot stand behind ${typeName} in ${name}.`, example)
}

/** The word behind the type that is the type's own, and not a modifier. */
const argumentOf = ({ accepts, isArgumentNeeded }: FieldType, [word]: readonly string[]) =>
  word !== undefined && accepts && (isArgumentNeeded || !isModifier(word)) && (isArgumentNeeded || accepts.test(word)) // prettier-ignore
    ? word
    : undefined

const assertModifiers = (name: string, words: readonly string[]): void => {
  const unknown = words.find((word) => !isModifier(word))
  if (unknown === undefined) return
  const near = similar(unknown, MODIFIERS)
  throw new UsageError(
    `The field ${name} has ${unknown} behind its type.`,
    near ? `Type ${near}` : `Type one of ${MODIFIERS.join(', ')}, or leave it out`
  )
}

/**
 * A field as it is typed: its name, its type, what the type asks for, and modifiers.
 *
 * @example parseField('number:text:unique').type // "text({ minLength: 1, maxLength: 255 })"
 * @throws {UsageError} that says what to type instead
 */
export const parseField = (typed: string): DraftField => {
  const [name = '', typeName, ...words] = typed.split(':')
  assertName(name)
  const type = typeOf(name, typeName)
  const argument = argumentOf(type, words)
  assertArgument(name, typeName!, type, argument)
  const modifiers = argument === undefined ? words : words.slice(1)
  assertModifiers(name, modifiers)
  const isKey = modifiers.some((word) => word === 'unique' || word === 'index')
  const declared = type.declare(argument, { name, isKey })
  const given = modifiers.find((word) => word.startsWith('default='))?.slice('default='.length)

  return {
    name,
    ...declared,
    wrappers: modifiers.filter((word): word is Wrapper => (WRAPPERS as readonly string[]).includes(word)),
    ...(given === undefined ? {} : { defaultValue: literalText(declared.type, given) }),
    ...(modifiers.includes('index') ? { isIndexed: true } : {})
  }
}
