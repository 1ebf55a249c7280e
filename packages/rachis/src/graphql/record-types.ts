import type { GraphQLFieldConfigMap, GraphQLOutputType } from 'graphql'
import { GraphQLBoolean, GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLString } from 'graphql' // prettier-ignore
import type { FieldInfo } from '../declare'
import { typeInfo } from '../declare/column-types'
import type { Model } from '../model/model'
import { followable } from '../openapi/offered'
import { clean } from '../openapi/openapi-schema'
import type { Schema } from '../openapi/openapi-document'
import type { PageEdges } from '../service/list-facts'
import { JsonTypes } from './json-types'
import type { Named, ResourceNames } from './names'
import { areValues, namesOf, pascal, typeNamer } from './names'
import { scalarNamed } from './scalars'

type Row = Readonly<Record<string, unknown>>

/** A page of records as its list answered it, and the cursors of its records. */
export interface Page {
  readonly data: readonly Row[]
  readonly next_cursor: string | null
  readonly previous_cursor: string | null
  readonly total?: number
  readonly edges: PageEdges
}

const required = <T extends GraphQLOutputType>(type: T) => new GraphQLNonNull(type as never) as GraphQLNonNull<never> // prettier-ignore
const cursorAt = ({ edges, data }: Page, index: number) =>
  index >= 0 && index < data.length ? edges.cursorOf?.(index) : undefined

const PAGE_INFO = new GraphQLObjectType<Page>({
  name: 'PageInfo',
  description: 'Whether there are records around a page, and the cursors of its first and last one.',
  fields: {
    hasNextPage: { type: required(GraphQLBoolean), resolve: (page) => page.next_cursor !== null },
    hasPreviousPage: { type: required(GraphQLBoolean), resolve: (page) => page.previous_cursor !== null },
    startCursor: { type: GraphQLString, resolve: (page) => cursorAt(page, 0) },
    endCursor: { type: GraphQLString, resolve: (page) => cursorAt(page, page.data.length - 1) }
  }
})

interface Edge {
  readonly page: Page
  readonly index: number
}

/** The types of records and of their pages, each made once. */
export class RecordTypes {
  readonly named: Named = typeNamer()
  readonly json: JsonTypes
  private readonly names: ReadonlyMap<string, ResourceNames>
  private readonly records = new Map<string, GraphQLObjectType>()
  private readonly connections = new Map<string, GraphQLObjectType>()
  private readonly bySchema: ReadonlyMap<string, Model>

  constructor(models: readonly Model[]) {
    this.names = new Map(models.map((model) => [model.name, namesOf(model, this.named)]))
    const stored = models.filter(({ source }) => source !== undefined)
    this.bySchema = new Map(stored.map((model) => [JSON.stringify(clean(model.record)), model]))
    this.json = new JsonTypes(this.named, (schema) => this.recordBy(schema))
    // The words of fields first, so that inputs with the same words have the enumeration of the record.
    for (const model of models) for (const field of model.fields.values()) this.valueOf(model, field)
  }

  namesOf({ name }: Model): ResourceNames {
    return this.names.get(name)!
  }

  record(model: Model): GraphQLObjectType {
    const { record: name } = this.namesOf(model)
    const { description } = model
    const fields = () => ({ ...this.columns(model), ...this.relations(model) })
    const found = this.records.get(model.name) ?? new GraphQLObjectType({ name, description, fields })
    this.records.set(model.name, found)

    return found
  }

  connection(model: Model): GraphQLObjectType {
    const found = this.connections.get(model.name) ?? this.makeConnection(model)
    this.connections.set(model.name, found)

    return found
  }

  /** The type of a field's values where they are not null. */
  valueOf(model: Model, { name, type, enum: words }: FieldInfo) {
    if (words && areValues(words))
      return this.json.words(words, `${this.namesOf(model).record}${pascal(name)}`)
    const { graphql, shape } = typeInfo(type)

    return scalarNamed(shape === 'list' ? graphql.replace(/\W/g, '') : graphql)
  }

  private recordBy(schema: Schema): GraphQLObjectType | undefined {
    const model = this.bySchema.get(JSON.stringify(clean(schema)))

    return model && this.record(model)
  }

  /** Only the id is promised: of a record that its writer may not read a write answers nothing else, and an event of its end neither. */
  private columns(model: Model): GraphQLFieldConfigMap<Row, unknown> {
    return Object.fromEntries(
      model.visible.map((name) => {
        const field = model.fields.get(name)!
        const value = this.valueOf(model, field)
        const type = typeInfo(field.type).shape === 'list' ? new GraphQLList(required(value)) : value
        const description = field.schema.description as string | undefined
        return [name, { type: name === 'id' ? required(type) : type, description }]
      })
    )
  }

  /** Null where it is not known whether there are any: of a record that was read without them, or whose reader may not follow it. */
  private relations(model: Model): GraphQLFieldConfigMap<Row, unknown> {
    return Object.fromEntries(
      followable(model).map(({ name, kind, target }) => {
        const record = this.record(target)
        return kind === 'one'
          ? [name, { type: record }]
          : [name, { type: new GraphQLList(required(record)), description: 'At most 100 of them, the first by id.' }] // prettier-ignore
      })
    )
  }

  private makeConnection(model: Model): GraphQLObjectType {
    const { connection, edge } = this.namesOf(model)
    const node = required(this.record(model))
    const edges = new GraphQLObjectType<Edge>({
      name: edge,
      fields: {
        cursor: { type: required(GraphQLString), resolve: ({ page, index }) => cursorAt(page, index) },
        node: { type: node, resolve: ({ page, index }) => page.data[index] }
      }
    })

    return new GraphQLObjectType<Page>({
      name: connection,
      fields: {
        edges: { type: required(new GraphQLList(required(edges))), resolve: (page) => page.data.map((_, index): Edge => ({ page, index })) }, // prettier-ignore
        nodes: { type: required(new GraphQLList(node)), resolve: ({ data }) => data },
        pageInfo: { type: required(PAGE_INFO), resolve: (page) => page },
        totalCount: {
          type: GraphQLInt,
          description: 'Counted where it is asked for, which reads every record that the filters find.',
          resolve: ({ total }) => total
        }
      }
    })
  }
}
