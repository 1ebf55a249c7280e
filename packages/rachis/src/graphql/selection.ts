import type { FieldNode, GraphQLResolveInfo, SelectionNode } from 'graphql'
import { getDirectiveValues, GraphQLIncludeDirective, GraphQLSkipDirective, Kind } from 'graphql'
import type { Model } from '../model/model'
import { followable } from '../openapi/offered'

/** The fields that are selected below some fields, by their names; one that is selected under several aliases is here once. */
export type Selected = ReadonlyMap<string, readonly FieldNode[]>

type Info = Pick<GraphQLResolveInfo, 'fragments' | 'variableValues'>

const isLeftOut = (node: SelectionNode, { variableValues }: Info): boolean =>
  getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.if === true ||
  getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.if === false

const fieldsOf = (info: Info, selections: readonly SelectionNode[]): FieldNode[] =>
  selections.flatMap((node) => {
    if (isLeftOut(node, info)) return []
    if (node.kind === Kind.FIELD) return [node]
    const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : info.fragments[node.name.value]

    return fragment ? fieldsOf(info, fragment.selectionSet.selections) : []
  })

export const selectedBelow = (info: Info, nodes: readonly FieldNode[]): Selected => {
  const selected = new Map<string, FieldNode[]>()
  for (const node of nodes.flatMap(({ selectionSet }) => fieldsOf(info, selectionSet?.selections ?? [])))
    selected.set(node.name.value, [...(selected.get(node.name.value) ?? []), node])

  return selected
}

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
