import type { FieldNode, GraphQLResolveInfo, SelectionNode } from 'graphql'
import { getDirectiveValues, GraphQLIncludeDirective, GraphQLSkipDirective, Kind } from 'graphql'
import type { Model } from '../model/model'
import { followable } from '../openapi/offered'

/** The fields that are selected below some fields, by their names; one that is selected under several aliases is here once. */
export type Selected = ReadonlyMap<string, readonly FieldNode[]>

export type Info = Pick<GraphQLResolveInfo, 'fragments' | 'variableValues'>

const isLeftOut = (node: SelectionNode, { variableValues }: Info): boolean =>
  getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.if === true ||
  getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.if === false

/**
 * The fields of selections, in their order. A fragment counts where it is spread first: fragments that spread others twice would otherwise
 * double the work with each one of them.
 */
const addFields = (info: Info, selections: readonly SelectionNode[], fields: FieldNode[], spread: Set<string>): void => {
  for (const node of selections) {
    if (isLeftOut(node, info)) continue
    if (node.kind === Kind.FIELD) fields.push(node)
    else if (node.kind === Kind.INLINE_FRAGMENT) addFields(info, node.selectionSet.selections, fields, spread)
    else if (!spread.has(node.name.value)) {
      spread.add(node.name.value)
      addFields(info, info.fragments[node.name.value]?.selectionSet.selections ?? [], fields, spread)
    }
  }
} // prettier-ignore

const fieldsBelow = (info: Info, nodes: readonly FieldNode[]): readonly FieldNode[] => {
  const [fields, spread]: [FieldNode[], Set<string>] = [[], new Set()]
  for (const { selectionSet } of nodes) addFields(info, selectionSet?.selections ?? [], fields, spread)

  return fields
}

const grouped = (nodes: readonly FieldNode[], nameOf: (node: FieldNode) => string): Selected => {
  const selected = new Map<string, FieldNode[]>()
  for (const node of nodes) {
    const name = nameOf(node)
    const others = selected.get(name)
    if (others) others.push(node)
    else selected.set(name, [node])
  }

  return selected
}

export const selectedBelow = (info: Info, nodes: readonly FieldNode[]): Selected =>
  grouped(fieldsBelow(info, nodes), ({ name }) => name.value)

/** The fields that are selected below some fields, by the names that they are answered under. */
export const answeredBelow = (info: Info, nodes: readonly FieldNode[]): Selected =>
  grouped(fieldsBelow(info, nodes), ({ alias, name }) => (alias ?? name).value)

/**
 * The relations to include, by what is selected of a record: one statement for each reads those of all records.
 *
 * @example includePaths(info, tasks, nodes) // ['comments', 'comments.author'] of { comments { author { name } } }
 */
export const includePaths = (info: Info, model: Model, nodes: readonly FieldNode[]): string[] => {
  const selected = selectedBelow(info, nodes)

  return followable(model).flatMap(({ name, target }) => {
    const below = selected.get(name)
    if (!below) return []
    return [name, ...includePaths(info, target, below).map((path) => `${name}.${path}`)]
  })
}
