import type { FieldNode, GraphQLLeafType, GraphQLNullableType, GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo } from 'graphql' // prettier-ignore
import { getNullableType, GraphQLError, isLeafType, isListType, isNonNullType, locatedError } from 'graphql'
import type { Info } from './selection'
import { answeredBelow } from './selection'

type Path = GraphQLResolveInfo['path']
type Key = Path['key']
type Row = Readonly<Record<string, unknown>>

/** What a value is a part of: its path is written only for what needs one. */
export interface Parent {
  readonly path: Path | undefined
  /** The errors of values that are null because of them. */
  readonly faults: GraphQLError[]
}

/**
 * A value as it is answered under its key.
 *
 * @throws GraphQLError with its path, where it would be null and may not be
 */
export type Complete = (value: unknown, parent: Parent, key: Key) => unknown

/** What a document is, while it is planned how its values are completed. */
export interface Planning extends Info {
  /** How many fields have been planned. */
  parts: number
}

/** Where a document selects a value. */
interface Selection {
  readonly planning: Planning
  readonly nodes: readonly FieldNode[]
  /** The type and the name of the field, for messages: `Task.title`. */
  readonly label: string
}

const pathTo = ({ path: prev }: Parent, key: Key): Path => ({ prev, key, typename: undefined })
const below = (parent: Parent, key: Key): Parent => ({ path: pathTo(parent, key), faults: parent.faults })

const keysOf = (path: Path): Key[] => [...(path.prev ? keysOf(path.prev) : []), path.key]

const failed = (thrown: unknown, { nodes }: Selection, path: Path) =>
  locatedError(thrown, nodes, keysOf(path))

const leaf =
  (type: GraphQLLeafType, selection: Selection): Complete =>
  (value, parent, key) => {
    try {
      return type.serialize(value)
    } catch (error) {
      throw failed(error, selection, pathTo(parent, key))
    }
  }

const list =
  (item: Complete, selection: Selection): Complete =>
  (value, parent, key) => {
    const own = below(parent, key)
    if (Array.isArray(value)) return value.map((one, index) => item(one, own, index))
    const error = new GraphQLError(`Expected Iterable, but did not find one for field "${selection.label}".`)
    throw failed(error, selection, own.path!)
  }

/** A field of an answered object: where its value is from. */
interface Part {
  readonly key: string
  readonly name: string
  readonly complete: Complete
}

const partOf = (
  type: GraphQLObjectType,
  key: string,
  nodes: readonly FieldNode[],
  planning: Planning
): Part => {
  planning.parts++
  const name = nodes[0]!.name.value
  if (name === '__typename') return { key, name, complete: () => type.name }
  const selection = { planning, nodes, label: `${type.name}.${name}` }

  return { key, name, complete: completion(type.getFields()[name]!.type, selection) }
}

/**
 * An object with these keys, to copy. Objects that JSON.parse makes keep their keys in a shape that all of them share, however many they
 * are, which JSON.stringify writes several times as fast as a table of keys; a key `__proto__` is one like any other.
 */
const templateOf = (parts: readonly Part[]): object =>
  JSON.parse(JSON.stringify(Object.fromEntries(parts.map(({ key }) => [key, null])))) as object

const object = (type: GraphQLObjectType, { planning, nodes }: Selection): Complete => {
  const parts = [...answeredBelow(planning, nodes)].map(([key, inner]) => partOf(type, key, inner, planning))
  const template = templateOf(parts)

  return (value, parent, key) => {
    const own = below(parent, key)
    const answered: Record<string, unknown> = { ...template }
    for (const part of parts) answered[part.key] = part.complete((value as Row)[part.name], own, part.key)

    return answered
  }
}

const present = (type: GraphQLNullableType, selection: Selection): Complete => {
  if (isLeafType(type)) return leaf(type, selection)
  if (isListType(type)) return list(completion(type.ofType as GraphQLOutputType, selection), selection)

  return object(type as GraphQLObjectType, selection)
}

const isMissing = (value: unknown) => value === undefined || value === null

const required =
  (complete: Complete, selection: Selection): Complete =>
  (value, parent, key) => {
    if (!isMissing(value)) return complete(value, parent, key)
    const error = new Error(`Cannot return null for non-nullable field ${selection.label}.`)
    throw failed(error, selection, pathTo(parent, key))
  }

const optional =
  (complete: Complete): Complete =>
  (value, parent, key) => {
    if (isMissing(value)) return null
    try {
      return complete(value, parent, key)
    } catch (error) {
      parent.faults.push(error as GraphQLError)

      return null
    }
  }

/**
 * How the values of a field are answered whose type has plain data alone: no resolver of its own, and no promise anywhere in it. It is what
 * the specification calls value completion, with the errors and the nulls that `execute` of graphql-js answers.
 *
 * @example completion(new GraphQLList(TASK), selection)([{ id: 1, title: 'Tea' }], parent, 'tasks') // [{ id: 1 }] of { tasks { id } }
 * @see https://spec.graphql.org/October2021/#sec-Value-Completion
 */
export const completion = (type: GraphQLOutputType, selection: Selection): Complete => {
  const complete = present(getNullableType(type), selection)

  return isNonNullType(type) ? required(complete, selection) : optional(complete)
}
