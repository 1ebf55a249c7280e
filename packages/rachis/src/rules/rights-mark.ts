import { createHash } from 'crypto'
import type { Audience } from './audience'

/** However many resources there are, a mark has so many parts. */
const PARTS = 16
const BYTES_OF_PART = 4

const partOf = (resource: string): number => createHash('sha256').update(resource).digest()[0]! % PARTS

/** Keys begin with the name of their resource: `notes/0/[7]`. */
const resourceOf = (key: string): string => key.split('/', 1)[0]!

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1)

const textOf = ({ keys, columns, fieldKeys }: Audience, resources: ReadonlySet<string>): string => {
  const own = <T>(entries: ReadonlyMap<string, T>) =>
    [...entries].filter(([resource]) => resources.has(resource)).sort(byName)
  const fields = own(fieldKeys).map(([resource, ofField]) => [
    resource,
    [...ofField].sort(byName).map(([field, some]) => [field, [...some].sort()])
  ])

  return JSON.stringify([keys.filter((key) => resources.has(resourceOf(key))).sort(), own(columns), fields])
}

const marks = new WeakMap<Audience, string>()

/**
 * Short text for what an audience may read: the same for the same rights, and of a fixed length, since it goes along with positions. Each
 * of its parts stands for some of the resources, so that it is known which of them to read anew where the marks of two times differ.
 *
 * @example rightsMark(audienceOf(user)) // 'q83vEgAAAAA…', 86 characters
 */
export const rightsMark = (audience: Audience): string => {
  const known = marks.get(audience)
  if (known !== undefined) return known
  const names = [...audience.columns.keys(), ...audience.keys.map(resourceOf)]
  const parts = Array.from({ length: PARTS }, (_, part) => {
    const resources = new Set(names.filter((name) => partOf(name) === part))
    if (resources.size === 0) return Buffer.alloc(BYTES_OF_PART)

    return createHash('sha256').update(textOf(audience, resources)).digest().subarray(0, BYTES_OF_PART)
  })
  const mark = Buffer.concat(parts).toString('base64url')
  marks.set(audience, mark)

  return mark
}

/**
 * The resources whose rights may differ between two marks.
 *
 * @example changedRights(mark, mark, ['tasks', 'notes']) // []
 */
export const changedRights = (one: string, other: string, resources: Iterable<string>): string[] => {
  const [a, b] = [one, other].map((mark) => Buffer.from(mark, 'base64url'))
  const differs = (part: number) =>
    Buffer.compare(
      a!.subarray(part * BYTES_OF_PART, (part + 1) * BYTES_OF_PART),
      b!.subarray(part * BYTES_OF_PART, (part + 1) * BYTES_OF_PART)
    ) !== 0
  const changed = Array.from({ length: PARTS }, (_, part) => differs(part))

  return [...resources].filter((resource) => changed[partOf(resource)])
}
