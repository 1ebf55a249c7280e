import type { ASTVisitor, FragmentDefinitionNode, GraphQLField, GraphQLNamedType, GraphQLSchema, OperationDefinitionNode, SelectionNode, SelectionSetNode, ValidationContext, ValidationRule } from 'graphql' // prettier-ignore
import { getNamedType, GraphQLError, GraphQLObjectType, Kind } from 'graphql'
import type { PageLimits } from '../model/pages'
import { MAX_RELATED } from '../query/query-include'
import { ApiError } from '../errors/errors'
import { errors } from './errors'

/** What one document may ask for. */
export interface DocumentLimits {
  readonly max_depth: number
  readonly max_breadth: number
  readonly max_aliases: number
  readonly max_cost: number
}

/** What a selection asks for. */
interface Measure {
  /** Levels of fields. */
  readonly depth: number
  /** Fields of its widest level. */
  readonly breadth: number
  readonly aliases: number
  /** Records that may have to be read and written. */
  readonly cost: number
}

const NOTHING: Measure = { depth: 0, breadth: 0, aliases: 0, cost: 0 }

const together = (all: readonly Measure[]): Measure => ({
  depth: Math.max(0, ...all.map(({ depth }) => depth)),
  breadth: Math.max(0, ...all.map(({ breadth }) => breadth)),
  aliases: all.reduce((sum, { aliases }) => sum + aliases, 0),
  cost: all.reduce((sum, { cost }) => sum + cost, 0)
})

type Field = Extract<SelectionNode, { kind: Kind.FIELD }>

/** What a field that answers pages says of them in its `extensions`. */
export interface PageExtensions {
  readonly page?: PageLimits
}

/** Records of a page at most; as many as a page may have where a variable says it. A number below none must not make up for other fields. */
const pageSize = ({ arguments: given = [] }: Field, page: PageLimits): number => {
  const size = given.find(({ name }) => name.value === 'first' || name.value === 'last')?.value
  if (!size) return page.default

  return size.kind === Kind.INT ? Math.min(Math.max(Number(size.value), 0), page.max) : page.max
}

/** Measures selections against a schema. What the schema does not know is refused by other rules, and counts as a plain field here. */
class Measurer {
  private readonly fragments = new Map<string, Measure>()
  private readonly open = new Set<string>()

  constructor(private readonly context: ValidationContext) {}

  selection(set: SelectionSetNode | undefined, parent: GraphQLNamedType | undefined): Measure {
    if (!set) return NOTHING
    const all = set.selections.map((node) => this.node(node, parent))
    const { breadth, ...sums } = together(all)

    return { ...sums, breadth: Math.max(breadth, set.selections.length) }
  }

  private node(node: SelectionNode, parent: GraphQLNamedType | undefined): Measure {
    if (node.kind === Kind.FIELD) return this.field(node, parent)
    if (node.kind === Kind.INLINE_FRAGMENT) return this.selection(node.selectionSet, parent)

    return this.fragment(node.name.value)
  }

  private field(node: Field, parent: GraphQLNamedType | undefined): Measure {
    // What introspection tells is known, and costs no record.
    if (node.name.value.startsWith('__')) return NOTHING
    const field = parent instanceof GraphQLObjectType ? parent.getFields()[node.name.value] : undefined
    const type = field && getNamedType(field.type)
    const below = this.selection(node.selectionSet, type)
    const own = node.selectionSet ? 1 : 0
    const size = this.sizeOf(node, field)

    return {
      depth: below.depth + 1,
      breadth: below.breadth,
      aliases: below.aliases + (node.alias ? 1 : 0),
      cost: size * (own + below.cost)
    }
  }

  /** How many records a field answers at most. Those of a page are counted at the page. */
  private sizeOf(node: Field, field: GraphQLField<unknown, unknown> | undefined): number {
    const { page } = (field?.extensions ?? {}) as PageExtensions
    if (page) return pageSize(node, page)
    const isInPage = node.name.value === 'nodes' || node.name.value === 'edges'

    return field?.type.toString().startsWith('[') && node.selectionSet && !isInPage ? MAX_RELATED / 10 : 1
  }

  /** One that contains itself is refused by another rule. */
  private fragment(name: string): Measure {
    const known = this.fragments.get(name)
    if (known) return known
    const fragment: FragmentDefinitionNode | undefined | null = this.context.getFragment(name)
    if (!fragment || this.open.has(name)) return NOTHING
    this.open.add(name)
    const schema: GraphQLSchema = this.context.getSchema()
    const measured = this.selection(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value))
    this.open.delete(name)
    this.fragments.set(name, measured)

    return measured
  }
}

const problemsOf = (measured: Measure, limits: DocumentLimits): string[] => {
  const said: readonly (readonly [number, number, string])[] = [
    [measured.depth, limits.max_depth, 'levels of fields'],
    [measured.breadth, limits.max_breadth, 'fields of one selection'],
    [measured.aliases, limits.max_aliases, 'aliases'],
    [measured.cost, limits.max_cost, 'records']
  ]

  return said
    .filter(([value, limit]) => value > limit)
    .map(([value, limit, what]) => `The document asks for ${value} ${what}; ${limit} is the most`)
}

/**
 * The rule of validation that bounds how deep and how wide a document is, how many aliases it has, and how many records it may have to read: of a
 * page as many as it asks for, and ten of each relation to many, times those around it.
 */
export const limitsRule =
  (limits: DocumentLimits): ValidationRule =>
  (context): ASTVisitor => {
    const measurer = new Measurer(context)

    return {
      OperationDefinition(node: OperationDefinitionNode) {
        const root = context.getSchema().getRootType(node.operation)
        for (const message of problemsOf(measurer.selection(node.selectionSet, root ?? undefined), limits))
          context.reportError(
            new GraphQLError(message, {
              nodes: node,
              originalError: new ApiError(errors.DOCUMENT_TOO_LARGE, { message })
            })
          )

        return false
      }
    }
  }
