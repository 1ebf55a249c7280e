import { createHash } from 'crypto'
import type { Audience } from './audience'
import { resourceOfKey } from './keys'
import { onceFor } from '../util/once-for'
import { byName, markOfAll, SCHEMA_MARK } from './schema-mark'

/** However many resources there are, a mark has so many parts. */
const PARTS = 16
const BYTES_OF_PART = 4

const partOf = (resource: string): number => createHash('sha256').update(resource).digest()[0]! % PARTS

/** Keys say which clauses of the rules hold and for which values, so the same keys see the same records. */
const textOf = (
  { keys, columns, fieldKeys, schemas }: Audience,
  isMeant: (resource: string) => boolean
): string => {
  const own = <T>(entries: ReadonlyMap<string, T>) =>
    [...entries].filter(([resource]) => isMeant(resource)).sort(byName)
  const fields = own(fieldKeys).map(([resource, ofField]) => [
    resource,
    [...ofField].sort(byName).map(([field, some]) => [field, [...some].sort()])
  ])

  const read = own(columns).map(([resource, names]) => [resource, names, schemas.get(resource)])

  return JSON.stringify([keys.filter((key) => isMeant(resourceOfKey(key))).sort(), read, fields])
}

/** What an audience may read, as a text: the same for the same rights, and for no others. */
export const rightsText = onceFor((audience: Audience) => textOf(audience, () => true))

/** The mark of no rights that anybody has: whatever they are compared with is to be read anew. */
export const unknownRights = (audience: Audience): string =>
  markOfAll(audience.schemas) + Buffer.alloc(PARTS * BYTES_OF_PART, 0xff).toString('base64url')

const partsOf = (audience: Audience): ReadonlyMap<string, number> =>
  new Map(
    [...audience.columns.keys(), ...audience.keys.map(resourceOfKey)].map((name) => [name, partOf(name)])
  )

/**
 * Short text for what an audience may read: the same for the same rights, and of a fixed length, since it goes along with positions. Each
 * of its parts stands for some of the resources, so that it is known which of them to read anew where the marks of two times differ. In front
 * of them stands what is declared of all resources, which says why.
 *
 * @example rightsMark(audienceOf(user)) // 'q83vEgAAAAA…', 92 characters
 */
export const rightsMark = onceFor((audience: Audience) => {
  const partByResource = partsOf(audience)
  const used = new Set(partByResource.values())
  const parts = Array.from({ length: PARTS }, (_, part) => {
    if (!used.has(part)) return Buffer.alloc(BYTES_OF_PART)
    const text = textOf(audience, (resource) => partByResource.get(resource) === part)

    return createHash('sha256').update(text).digest().subarray(0, BYTES_OF_PART)
  })

  return markOfAll(audience.schemas) + Buffer.concat(parts).toString('base64url')
})

/**
 * The resources whose rights may differ between two marks.
 *
 * @example changedRights(mark, mark, ['tasks', 'notes']) // []
 */
export const changedRights = (one: string, other: string, resources: Iterable<string>): string[] => {
  const [a, b] = [one, other].map((mark) => Buffer.from(mark.slice(SCHEMA_MARK), 'base64url'))
  const differs = (part: number) =>
    Buffer.compare(
      a!.subarray(part * BYTES_OF_PART, (part + 1) * BYTES_OF_PART),
      b!.subarray(part * BYTES_OF_PART, (part + 1) * BYTES_OF_PART)
    ) !== 0
  const changed = Array.from({ length: PARTS }, (_, part) => differs(part))

  return [...resources].filter((resource) => changed[partOf(resource)])
}

/** Whether two marks were made by the same declarations: if so, what differs are the rights of the reader. */
export const isSameSchema = (one: string, other: string): boolean =>
  one.slice(0, SCHEMA_MARK) === other.slice(0, SCHEMA_MARK)
