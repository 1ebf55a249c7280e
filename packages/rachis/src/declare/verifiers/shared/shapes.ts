import { instead, shown } from './problem'
import { isObject } from '../../../util/is-object'

/** One thing of the wrong kind: where it stands, what it is, and what to write instead. */
export interface Misshape {
  readonly path: string
  readonly what: string
  readonly hint: string
}
/** Looks at a value and what it holds; `undefined` is what is left out, and is not looked at. */
export interface Shape {
  (path: string, value: unknown): Misshape[]
  /** The shapes by key of an object that has no other keys. */
  readonly keys?: Keys
  /** The shapes of what a list or a map holds, or of what may stand here. */
  readonly inner?: readonly Shape[]
}

/** A value of one kind, such as `a text`; `example` is what could stand there. */
export const kind =
  (expected: string, fits: (value: unknown) => boolean, example: string): Shape =>
  (path, value) =>
    fits(value)
      ? []
      : [{ path, what: `${path} is ${shown(value)}, not ${expected}`, hint: `write ${example}` }]

export const text = kind('a text', (value) => typeof value === 'string', "a text, such as 'name'")
export const flag = kind('true or false', (value) => typeof value === 'boolean', 'true or false')
export const number = kind(
  'a number',
  (value) => typeof value === 'number' && !Number.isNaN(value),
  'a number'
)
export const code = kind('a function', (value) => typeof value === 'function', 'a function')
/** What another verifier looks at, with words of its own. */
export const anything: Shape = () => []

/** One of these texts. */
export const word =
  (...words: readonly string[]): Shape =>
  (path, value) =>
    words.includes(value as string)
      ? []
      : [{ path, what: `${path} is ${shown(value)}`, hint: instead(String(value), words) }]

/** A list of values of one shape. */
export const list = (item: Shape, example = "a list, such as ['name']"): Shape => {
  const shape: Shape = (path, value) =>
    Array.isArray(value)
      ? // A hole in a list is undefined, and no value.
        Array.from(value, (each: unknown, index) => item(`${path}[${index}]`, each)).flat()
      : kind('a list', () => false, example)(path, value)

  return Object.assign(shape, { inner: [item] })
}

/** The shape that fits what is there: of a list, of an object, or of anything else. */
export const either = (shapes: {
  readonly list?: Shape
  readonly object?: Shape
  readonly else: Shape
}): Shape => {
  const shape: Shape = (path, value) => {
    if (Array.isArray(value)) return (shapes.list ?? shapes.else)(path, value)
    return (isObject(value) ? (shapes.object ?? shapes.else) : shapes.else)(path, value)
  }

  return Object.assign(shape, { inner: Object.values(shapes) })
}

const object = kind('an object', isObject, 'an object, such as { … }')
const at = (path: string, key: string) => (path === '' ? key : `${path}.${key}`)

/** An object of any names, each with a value of one shape. */
export const map = (each: Shape): Shape => {
  const shape: Shape = (path, value) =>
    isObject(value)
      ? Object.entries(value).flatMap(([key, item]) =>
          item === undefined ? missing(at(path, key)) : each(at(path, key), item)
        )
      : object(path, value)

  return Object.assign(shape, { inner: [each] })
}

/** Two files that import each other see `undefined` of one another while they load. */
const missing = (path: string): Misshape[] => [
  {
    path,
    what: `${path} is undefined`,
    hint: `write its value, or leave it out; a value of another file is undefined where two files import each other`
  }
]

/** Shapes by the keys of an object. */
export type Keys = Readonly<Record<string, Shape>>
export type KeysShape = Shape & { readonly keys: Keys }

/**
 * An object of these keys and no others, some of which have to be there.
 *
 * @example keys({ days: number })('audited', { dyas: 9 })
 * // [{ path: 'audited.dyas', what: 'audited has dyas, …', mend: 'did you mean days?' }]
 */
export const keys = (known: Keys, required: readonly string[] = []): KeysShape => {
  const shape: Shape = (path, value) => {
    if (!isObject(value)) return object(path, value)
    const given = Object.entries(value).filter(([, item]) => item !== undefined)
    const where = path === '' ? 'it' : path

    return [
      ...given.flatMap(([key, item]) =>
        Object.hasOwn(known, key)
          ? known[key]!(at(path, key), item)
          : [
              {
                path: at(path, key),
                what: `${where} has ${key}, which is not known there`,
                hint: instead(key, Object.keys(known))
              }
            ]
      ),
      ...required
        .filter((key) => value[key] === undefined)
        .map((key) => ({
          path: at(path, key),
          what: `${where} has no ${key}`,
          hint: `write ${key} in ${where === 'it' ? 'the declaration' : where}`
        }))
    ]
  }

  return Object.assign(shape, { keys: known })
}

/**
 * The paths of the keys at every level, without the names that a declaration gives.
 *
 * @example keyPaths(keys({ limits: keys({ page: flag }) })) // ['limits', 'limits.page']
 */
export const keyPaths = ({ keys: known = {}, inner = [] }: Shape, path = ''): string[] => [
  ...Object.entries(known).flatMap(([key, shape]) => [at(path, key), ...keyPaths(shape, at(path, key))]),
  ...inner.flatMap((shape) => keyPaths(shape, path))
]
