import type { FieldNode, GraphQLError, GraphQLOutputType, GraphQLResolveInfo } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { Complete } from './plain-values'
import { completion } from './plain-values'

/** Completes what a field answers. @throws GraphQLError where it would be null and may not be */
export type Completion = (value: unknown, type: GraphQLOutputType, info: GraphQLResolveInfo) => unknown

interface Plan {
  readonly nodes: readonly FieldNode[]
  readonly complete: Complete
  readonly parts: number
}

interface Plans {
  get(node: FieldNode): Plan | undefined
  set(node: FieldNode, plan: Plan): unknown
}

/** Fields of all plans together that are remembered. */
const REMEMBERED = 20_000

const makePlan = (type: GraphQLOutputType, info: GraphQLResolveInfo): Plan => {
  const { fieldNodes: nodes, fragments, variableValues, parentType, fieldName } = info
  const planning = { fragments, variableValues, parts: 1 }
  const complete = completion(type, { planning, nodes, label: `${parentType.name}.${fieldName}` })

  return { nodes, complete, parts: planning.parts }
}

const areSame = (some: readonly FieldNode[], others: readonly FieldNode[]) =>
  some.length === others.length && some.every((node, index) => node === others[index])

/** A field that is selected once more in another place, by a fragment, may have more selected of it there. */
const planOf = (plans: Plans, type: GraphQLOutputType, info: GraphQLResolveInfo): Plan => {
  const [node] = info.fieldNodes
  const known = plans.get(node!)
  if (known && areSame(known.nodes, info.fieldNodes)) return known
  const made = makePlan(type, info)
  plans.set(node!, made)

  return made
}

/** How the fields of documents are completed, which is planned once for each document that is remembered. */
export class Completions {
  private readonly plans = new LRUCache<FieldNode, Plan>({
    maxSize: REMEMBERED,
    sizeCalculation: ({ parts }) => parts
  })

  /**
   * The completion of one execution.
   *
   * @param isConditional whether the document has directives, which select other fields in the next execution
   * @param faults is told of the errors of values that became null
   */
  begin(isConditional: boolean, faults: GraphQLError[]): Completion {
    const plans: Plans = isConditional ? new Map<FieldNode, Plan>() : this.plans

    return (value, type, info) => {
      const { prev, key } = info.path

      return planOf(plans, type, info).complete(value, { path: prev, faults }, key)
    }
  }
}
