import { Client } from 'pg'
import { quantile } from './harness/median'
import type { Databases } from './harness/databases'
import type { Server } from './harness/server'
import { perRequest, usedBy } from './harness/usage'
import { ADMIN } from './harness/rows'
import { withServer } from './harness/with-server'

/**
 * `node -C source --import=tsx bench/graphql.ts [rounds, 9] [requests, 200]`: a page of fifty products with two relations, asked for over REST
 * with `include` and over GraphQL, in turns; of eleven fields, and of all fields with a count.
 */
const ROUNDS = Number(process.argv[2] ?? 9)
const REQUESTS = Number(process.argv[3] ?? 200)
const PAGE = 50
const ELEVEN = ['id', 'name', 'sku', 'price', 'brand', 'stock_quantity', 'featured', 'created_at', 'tags', 'weight', 'description'] // prettier-ignore
const MORE = [
  'category_id',
  'reorder_level',
  'dimensions',
  'attributes',
  'images',
  'cost',
  'is_active',
  'updated_at'
]
const SOME = 'category { id name slug } inventory { id store_id current_stock }'
const EACH = `category { id name description slug parent_id sort_order is_active created_at updated_at }
  inventory { id product_id store_id current_stock reorder_level max_stock low_stock created_at updated_at }`

/** A shelf of each product. */
const SHELVES = [
  `insert into stores (name, region) select 'Store ' || i, 'North' from generate_series(1, 10) i`,
  'insert into inventory (product_id, store_id, current_stock) select id, 1 + id % 10, id % 50 from products',
  'vacuum (freeze, analyze) inventory'
]

interface Question {
  readonly name: string
  readonly rest: string
  readonly fields: readonly string[]
  readonly counted: string
  readonly relations: string
}

const QUESTIONS: readonly Question[] = [
  {
    name: 'eleven fields',
    rest: `fields=${ELEVEN.join()}&count=none`,
    fields: ELEVEN,
    counted: '',
    relations: SOME
  },
  {
    name: 'all fields and a count',
    // A page by cursor is not counted over REST unless that is asked for.
    rest: 'count=exact',
    fields: [...ELEVEN, ...MORE],
    counted: 'totalCount',
    relations: EACH
  }
]

type Ask = () => Promise<string>

const textOf = async (asked: Promise<Response>): Promise<string> => {
  const response = await asked
  const text = await response.text()
  if (!response.ok || text.includes('"errors"')) throw new Error(`${response.status}: ${text.slice(0, 500)}`)

  return text
}

const asks = (
  { url }: Server,
  token: string,
  { rest, fields, counted, relations }: Question
): Readonly<Record<string, Ask>> => {
  const query = `{ products_find(first: ${PAGE}) { ${counted} nodes { ${[...fields, relations].join(' ')} } pageInfo { hasNextPage endCursor } } }`
  const body = JSON.stringify({ query })
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` }
  const address = `${url}/products?include=category,inventory&limit=${PAGE}&cursor=&${rest}`

  return {
    REST: () => textOf(fetch(address, { headers })),
    GraphQL: () => textOf(fetch(new URL('/graphql', url), { method: 'POST', headers, body }))
  }
}

/** µs of CPU of the server for each request. */
const cost = async (server: Server, database: string, ask: Ask): Promise<number> => {
  const [used] = await usedBy(server, database, async () => {
    for (let left = REQUESTS; left > 0; left--) await ask()
  })

  return perRequest(used, REQUESTS).cpu
}

const compare = async (server: Server, database: string, question: Question) => {
  const [token] = await server.tokens([ADMIN])
  const measured = Object.entries(asks(server, token!, question)).map(([name, ask]) => ({ name, ask, costs: [] as number[] })) // prettier-ignore
  for (const { name, ask } of measured) {
    console.log(`${question.name}, ${name}: ${(await ask()).length} characters`)
    await cost(server, database, ask)
  }
  for (let round = 0; round < ROUNDS; round++)
    for (const { ask, costs } of measured) costs.push(await cost(server, database, ask))
  const [rest, graphql] = measured.map(({ costs }) => quantile(costs, 0.5)) as [number, number]
  const [leastRest, leastGraphql] = measured.map(({ costs }) => Math.min(...costs)) as [number, number]
  console.log(`${question.name}, the least: ${(leastGraphql / leastRest).toFixed(2)} times`)
  console.log(`${question.name}: REST ${rest.toFixed(0)} µs, GraphQL ${graphql.toFixed(0)} µs of the server, ${(graphql / rest).toFixed(2)} times`) // prettier-ignore
}

const withShelves = async (databases: Databases): Promise<string> => {
  const url = await databases.create(false)
  const client = new Client({ connectionString: url })
  await client.connect()
  for (const statement of SHELVES) await client.query(statement)
  await client.end()

  return url
}

void withServer(withShelves, async (server, database) => {
  for (const question of QUESTIONS) await compare(server, database, question)
})
