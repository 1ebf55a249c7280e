import type { Statement } from '../../packages/rachis/src/sql/where'
import type { Json, World } from '../helpers/world'

/** A node of a plan that was run. */
export interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly PlanNode[]
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]

/** Rows that a node has read. */
export const readBy = (node: PlanNode) =>
  node['Actual Rows'] * node['Actual Loops'] + (node['Rows Removed by Filter'] ?? 0)

/** A value of a statement as it would be written into it. */
const literal = (value: unknown): string => {
  if (value === null) return 'null'
  return Array.isArray(value) ? `'{${value.join()}}'` : `'${String(value)}'`
}

/** Runs a statement, and answers the nodes of its plan. */
export const planOf = async (world: World, { text, values }: Statement): Promise<PlanNode[]> => {
  const written = text.replace(/\$(\d+)/g, (_, at) => literal(values[Number(at) - 1]))
  const [row] = await world.sql(`explain (analyze, format json) ${written}`)

  return nodesOf((row!['QUERY PLAN'] as Json[])[0]!.Plan as PlanNode)
}
