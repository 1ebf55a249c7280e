import type { FieldNode, GraphQLError, GraphQLOutputType, GraphQLResolveInfo } from 'graphql'
import type { Complete } from './plain-values'
import { completion } from './plain-values'

/** Completes what a field answers. @throws GraphQLError where it would be null and may not be */
export type Completion = (value: unknown, type: GraphQLOutputType, info: GraphQLResolveInfo) => unknown

interface Plan {
  readonly nodes: readonly FieldNode[]
  readonly complete: Complete
  readonly parts: number
}

type Plans = Map<FieldNode, Plan>

/** Fields of one document whose plans are remembered; beyond that they are planned at each execution. */
const REMEMBERED = 250

const makePlan = (type: GraphQLOutputType, info: GraphQLResolveInfo): Plan => {
  const { fieldNodes: nodes, fragments, variableValues, parentType, fieldName } = info
  const planning = { fragments, variableValues, parts: 1 }
  const complete = completion(type, { planning, nodes, label: `${parentType.name}.${fieldName}` })

  return { nodes, complete, parts: planning.parts }
}

const areSame = (some: readonly FieldNode[], others: readonly FieldNode[]) =>
  some.length === others.length && some.every((node, index) => node === others[index])

/**
 * How the fields of one document are completed. It belongs to the document, and goes with it: its plans hold the nodes, by which they hold the
 * text and its tokens. What variables select is planned at each execution: where they were remembered, so would be what they say.
 */
export class Completions {
  private readonly plans: Plans = new Map()
  private parts = 0

  /** @param isConditional whether the document has directives, which select other fields in the next execution */
  constructor(private readonly isConditional: boolean) {}

  /**
   * The completion of one execution.
   *
   * @param faults is told of the errors of values that became null
   */
  begin(faults: GraphQLError[]): Completion {
    const own: Plans = new Map()

    return (value, type, info) => {
      const { prev, key } = info.path

      return this.planOf(own, type, info).complete(value, { path: prev, faults }, key)
    }
  }

  /** A field that is selected once more in another place, by a fragment, may have more selected of it there. */
  private planOf(own: Plans, type: GraphQLOutputType, info: GraphQLResolveInfo): Plan {
    const node = info.fieldNodes[0]!
    const known = own.get(node) ?? this.plans.get(node)
    if (known && areSame(known.nodes, info.fieldNodes)) return known
    const plan = makePlan(type, this.isConditional ? info : { ...info, variableValues: {} })
    if (!this.keeps(node, plan)) own.set(node, plan)

    return plan
  }

  private keeps(node: FieldNode, plan: Plan): boolean {
    const parts = this.parts + plan.parts - (this.plans.get(node)?.parts ?? 0)
    if (this.isConditional || parts > REMEMBERED) return false
    this.plans.set(node, plan)
    this.parts = parts

    return true
  }
}
