import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import type { DocumentNode, ExecutionResult, GraphQLError, GraphQLObjectType, GraphQLSchema } from 'graphql'
import { buildSchema, execute, parse, validate } from 'graphql'
import { Completions } from '../../packages/rachis/src/graphql/completions'
import { executionSchema } from '../../packages/rachis/src/graphql/execution-schema'
import { DEPTH } from '../helpers/depth'

/** Records that refer to each other, in pages whose fields have resolvers, and reports that have none. */
const TYPES = `
  enum Color { red blue }
  type Book { id: Int!, title: String, color: Color, tags: [String!], rows: [[Int]!], shelf: Shelf, sequel: Book!, price: Float, used: Boolean }
  type Shelf { id: ID!, name: String!, books: [Book!], near: [Shelf] }
  type Page { nodes: [Book!]!, first: Book, count: Int }
  type Report { groups: [Group!]!, total: Float! }
  type Group { key: JSON, count: Int! }
  scalar JSON
  type Query { page: Page, book: Book, books: [Book], shelf: Shelf!, report: Report!, number: Int }
`

/** Fields of pages answer later, or at once; those of the query answer what they are given. */
const schemaOf = (isLate: boolean): GraphQLSchema => {
  const schema = buildSchema(TYPES)
  for (const name of ['Query', 'Page'])
    for (const field of Object.values((schema.getType(name) as GraphQLObjectType).getFields()))
      field.resolve = (source: Record<string, unknown>) => {
        const value = source?.[field.name]
        return isLate ? Promise.resolve(value) : value
      }

  return schema
}

const DOCUMENTS = [
  '{ page { nodes { id title color tags rows price used shelf { id name } } first { id } count } number }',
  '{ book { __typename a: id b: id __proto__: title constructor: color shelf { books { id shelf { near { name } } } } } }',
  '{ books { ...Half ...Half sequel { ...Half sequel { id } } shelf { ...More } } shelf { ...More } } fragment Half on Book { id tags shelf { id } } fragment More on Shelf { name near { id books { ...Half } } }',
  '{ report { groups { key count } total } books { ... on Book { title } } }',
  'query ($yes: Boolean!, $no: Boolean!) { book { id @skip(if: $yes) title @include(if: $no) ... @include(if: $yes) { color shelf { name @skip(if: $no) } } } page @include(if: $no) { count } }',
  '{ twice: page { nodes { ...Part } } page { nodes { ...Part color } } } fragment Part on Book { id sequel { tags } }'
]

const leaf = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<unknown[]>(1, 'text', 'red', 'blue', true, 1.5) },
  { weight: 2, arbitrary: fc.constantFrom<unknown[]>(null, undefined, NaN, 2 ** 40, 'green', [], {}, [null]) }
)
const { book, shelf } = fc.letrec<{ book: unknown; shelf: unknown }>((tie) => {
  const isSome = (arbitrary: fc.Arbitrary<unknown>) => fc.oneof({ weight: 5, arbitrary }, leaf)
  const near = (arbitrary: fc.Arbitrary<unknown>) => isSome(fc.array(arbitrary, { maxLength: 3 }))
  return {
    book: fc.oneof({ maxDepth: 3, depthIdentifier: 'book' }, leaf, fc.record({
      id: leaf, title: leaf, color: leaf, price: leaf, used: leaf, tags: near(leaf), rows: near(near(leaf)),
      shelf: tie('shelf'), sequel: tie('book')
    })),
    shelf: fc.oneof({ maxDepth: 3, depthIdentifier: 'book' }, leaf, fc.record({
      id: leaf, name: leaf, books: near(tie('book')), near: near(tie('shelf'))
    }))
  }
}) // prettier-ignore
const books = fc.oneof({ weight: 5, arbitrary: fc.array(book, { maxLength: 3 }) }, leaf)
const group = fc.record({ key: fc.jsonValue(), count: leaf })
const root = fc.record({
  page: fc.record({ nodes: books, first: book, count: leaf }),
  book,
  books,
  shelf,
  report: fc.record({ groups: fc.oneof(fc.array(group, { maxLength: 2 }), leaf), total: leaf }),
  number: leaf
})

/** As a client receives it, and what its errors are made of. */
const received = ({ data, errors = [] }: ExecutionResult) => ({
  data: JSON.stringify(data),
  errors: errors.map(({ message, path, locations, originalError }) => JSON.stringify([message, path, locations, originalError?.name])).sort() // prettier-ignore
})

interface Case {
  readonly schema: GraphQLSchema
  readonly executed: GraphQLSchema
  readonly completions: ReadonlyMap<DocumentNode, Completions>
}

const variableValues = { yes: true, no: false }

const completed = async ({ executed, completions }: Case, document: DocumentNode, rootValue: unknown) => {
  const faults: GraphQLError[] = []
  const contextValue = { completion: completions.get(document)!.begin(faults) }
  const { data, errors = [] } = await execute({ schema: executed, document, rootValue, variableValues, contextValue }) // prettier-ignore

  return received({ data, errors: [...errors, ...faults] })
}

const isConditional = ({ definitions }: DocumentNode) =>
  definitions.some((node) => 'variableDefinitions' in node && node.variableDefinitions!.length > 0)

describe('the completion of plain values', () => {
  const documents = DOCUMENTS.map((text) => parse(text))
  const cases = [true, false].map((isLate): Case => {
    const schema = schemaOf(isLate)
    const completions = new Map(documents.map((document) => [document, new Completions(isConditional(document))])) // prettier-ignore
    return { schema, executed: executionSchema(schema), completions }
  })

  it('has records as values, and pages as objects whose fields have resolvers', () => {
    const [{ schema, executed }] = cases as [Case]
    for (const document of documents) assert.deepEqual(validate(schema, document), [])
    const names = Object.keys(executed.getTypeMap()).filter((name) => name in schema.getTypeMap() && !name.startsWith('__')) // prettier-ignore
    assert.deepEqual(names.sort(), ['Boolean', 'Int', 'Page', 'Query', 'String'])
  })

  it('answers the values, the nulls and the errors of execute', async () => {
    let [answered, failed] = [0, 0]
    const property = fc.asyncProperty(root, fc.constantFrom(...documents), fc.constantFrom(...cases), async (rootValue, document, one) => {
      const expected = received(await execute({ schema: one.schema, document, rootValue, variableValues }))
      assert.deepEqual(await completed(one, document, rootValue), expected)
      if (expected.errors.length > 0) failed++
      else answered++
    }) // prettier-ignore
    await fc.assert(property, { numRuns: 2000 * DEPTH })
    assert.ok(answered > 10 && failed > 100, `${answered} without and ${failed} with errors`)
  })
  it('keeps nothing of what the variables of a request say', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const [{ executed }] = cases as [Case]
    const document = parse('query ($password: String) { book { title } }')
    const complete = new Completions(false).begin([])
    let variables: WeakRef<object> | undefined
    const completion: typeof complete = (value, type, info) => {
      variables = new WeakRef(info.variableValues)
      return complete(value, type, info)
    }
    await execute({ schema: executed, document, rootValue: { book: {} }, variableValues: { password: 'secret' }, contextValue: { completion } }) // prettier-ignore
    await setImmediate()
    collect()
    assert.equal(variables!.deref(), undefined)
    assert.ok(complete)
  })
})
