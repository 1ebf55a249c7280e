import { createHash } from 'crypto'
import type { Audience } from './audience'
import { resourceOfKey } from './keys'

/** However many resources there are, a mark has so many parts. */
const PARTS = 16
const BYTES_OF_PART = 4

const partOf = (resource: string): number => createHash('sha256').update(resource).digest()[0]! % PARTS

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1)

/** Keys say which clauses of the rules hold and for which values, so the same keys see the same records. */
const textOf = ({ keys, columns, fieldKeys }: Audience, isMeant: (resource: string) => boolean): string => {
  const own = <T>(entries: ReadonlyMap<string, T>) =>
    [...entries].filter(([resource]) => isMeant(resource)).sort(byName)
  const fields = own(fieldKeys).map(([resource, ofField]) => [
    resource,
    [...ofField].sort(byName).map(([field, some]) => [field, [...some].sort()])
  ])

  return JSON.stringify([keys.filter((key) => isMeant(resourceOfKey(key))).sort(), own(columns), fields])
}

const once = (make: (audience: Audience) => string) => {
  const known = new WeakMap<Audience, string>()

  return (audience: Audience): string => {
    const text = known.get(audience) ?? make(audience)
    known.set(audience, text)

    return text
  }
}

/** What an audience may read, as a text: the same for the same rights, and for no others. */
export const rightsText = once((audience) => textOf(audience, () => true))

const partsOf = (audience: Audience): ReadonlyMap<string, number> =>
  new Map(
    [...audience.columns.keys(), ...audience.keys.map(resourceOfKey)].map((name) => [name, partOf(name)])
  )

/**
 * Short text for what an audience may read: the same for the same rights, and of a fixed length, since it goes along with positions. Each
 * of its parts stands for some of the resources, so that it is known which of them to read anew where the marks of two times differ.
 *
 * @example rightsMark(audienceOf(user)) // 'q83vEgAAAAA…', 86 characters
 */
export const rightsMark = once((audience) => {
  const partByResource = partsOf(audience)
  const used = new Set(partByResource.values())
  const parts = Array.from({ length: PARTS }, (_, part) => {
    if (!used.has(part)) return Buffer.alloc(BYTES_OF_PART)
    const text = textOf(audience, (resource) => partByResource.get(resource) === part)

    return createHash('sha256').update(text).digest().subarray(0, BYTES_OF_PART)
  })

  return Buffer.concat(parts).toString('base64url')
})

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
