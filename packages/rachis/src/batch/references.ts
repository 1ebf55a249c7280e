import { repeated, validationError } from '../errors/errors'

/** The answers of earlier operations, by the names that the batch gave them. */
export type Answers = ReadonlyMap<string, unknown>

const NAME = /^[a-z]\w{0,63}$/
const IN_PATH = /\{([^{}]*)\}/g

/** A reference, and where in the operation it stands. */
interface Reference {
  readonly to: string
  readonly field: string
}

const unknown = ({ to, field }: Reference, message: string) =>
  validationError([
    {
      field,
      message: `refers to ${repeated(to)}, which ${message}`,
      rule: 'reference',
      expected: 'a field of an earlier answer'
    }
  ])

/** Whether an operation may be called by this name. */
export const isName = (name: string): boolean => NAME.test(name)

/** @throws VALIDATION_ERROR for an operation that does not come before, and for a field that its answer does not have */
const lookUp = (reference: Reference, answers: Answers): unknown => {
  const [name = '', ...path] = reference.to.split('.')
  if (!answers.has(name)) throw unknown(reference, 'names no operation that comes before')
  const found = path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : undefined,
    answers.get(name)
  )
  if (found === undefined) throw unknown(reference, 'is not in the answer')

  return found
}

const referenceIn = (value: object): string | undefined => {
  const { $ref, ...rest } = value as { $ref?: unknown }

  return typeof $ref === 'string' && Object.keys(rest).length === 0 ? $ref : undefined
}

/**
 * A value in which each `{ "$ref": "note.id" }` is replaced by what it names.
 *
 * @param field where the value stands in the operation, which an error names
 * @example resolve({ note_id: { $ref: 'note.id' } }, new Map([['note', { id: 7 }]]), 'body') // { note_id: 7 }
 * @throws VALIDATION_ERROR
 */
export const resolve = (value: unknown, answers: Answers, field: string): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item, index) => resolve(item, answers, `${field}.${index}`))
  const reference = referenceIn(value)
  if (reference !== undefined) return lookUp({ to: reference, field }, answers)

  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, resolve(inner, answers, `${field}.${key}`)])
  )
}

/**
 * A path in which each `{note.id}` is replaced by what it names.
 *
 * @example resolvePath('/notes/{note.id}', new Map([['note', { id: 7 }]])) // '/notes/7'
 * @throws VALIDATION_ERROR
 */
export const resolvePath = (path: string, answers: Answers): string =>
  path.replace(IN_PATH, (_, to: string) => {
    const reference = { to, field: 'path' }
    const found = lookUp(reference, answers)
    if (typeof found === 'object') throw unknown(reference, 'is not a value that a path can have')

    return encodeURIComponent(String(found))
  })
