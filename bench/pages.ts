import { quantile } from './harness/median'
import type { Server } from './harness/server'
import { perRequest, usedBy } from './harness/usage'
import { withServer } from './harness/with-server'

/**
 * `node -C source --import=tsx bench/pages.ts [rows, 1000000] [rounds, 5]`: the first page of fifty products and the ten thousandth, by cursor,
 * in turns. The pages before it are walked through once, by hundreds, since a cursor is told by the page in front of its own alone.
 */
const ROWS = Number(process.argv[2] ?? 1_000_000)
const ROUNDS = Number(process.argv[3] ?? 5)
const PAGE = 50
const DEPTH = 10_000
const REQUESTS = 200
/** An order by the key, and one by an index whose values many rows share. */
const SORTS = ['id', '-price']

interface Page {
  readonly data: readonly { readonly id: number }[]
  readonly next_cursor: string | null
}

const pageOf = async ({ url }: Server, sort: string, cursor: string, limit = PAGE): Promise<Page> => {
  const response = await fetch(`${url}/products?${new URLSearchParams({ sort, cursor, limit: String(limit) }).toString()}`) // prettier-ignore
  if (!response.ok) throw new Error(`A page was answered ${response.status}: ${await response.text()}`)

  return (await response.json()) as Page
}

/** The cursor that page `DEPTH` begins at, or the last one of a smaller table. */
const deepCursor = async (server: Server, sort: string): Promise<{ cursor: string; before: number }> => {
  let [cursor, before] = ['', 0]
  while (before < PAGE * (DEPTH - 1)) {
    const limit = Math.min(2 * PAGE, PAGE * (DEPTH - 1) - before)
    const { data, next_cursor } = await pageOf(server, sort, cursor, limit)
    if (next_cursor === null) break
    cursor = next_cursor
    before += data.length
  }

  return { cursor, before }
}

interface Figures {
  readonly cpu: number
  readonly databaseCpu: number
  readonly p50: number
}

const ask = async (server: Server, database: string, sort: string, cursor: string): Promise<Figures> => {
  const times: number[] = []
  const [used] = await usedBy(server, database, async () => {
    for (let left = REQUESTS; left > 0; left--) {
      const begun = performance.now()
      await pageOf(server, sort, cursor)
      times.push(performance.now() - begun)
    }
  })
  const { cpu, databaseCpu } = perRequest(used, REQUESTS)

  return { cpu, databaseCpu, p50: quantile(times, 0.5) }
}

const middle = (figures: readonly Figures[], name: keyof Figures) => quantile(figures.map((one) => one[name]), 0.5) // prettier-ignore

const compare = async (server: Server, database: string, sort: string) => {
  const { cursor, before } = await deepCursor(server, sort)
  const pages: [name: string, cursor: string, figures: Figures[]][] = [['page 1', '', []], [`page ${before / PAGE + 1}`, cursor, []]] // prettier-ignore
  for (const [, at] of pages) await ask(server, database, sort, at)
  for (let round = 0; round < ROUNDS; round++)
    for (const [, at, figures] of pages) figures.push(await ask(server, database, sort, at))
  const told = pages.map(([name, , all]) => `${name}: ${middle(all, 'cpu').toFixed(0)} µs of the server, ${middle(all, 'databaseCpu').toFixed(0)} µs of PostgreSQL, ${middle(all, 'p50').toFixed(2)} ms`) // prettier-ignore
  const [first, deep] = pages.map(([, , all]) => all) as [Figures[], Figures[]]
  const ratio = (name: keyof Figures) => (middle(deep, name) / middle(first, name)).toFixed(2)
  console.log(`sort=${sort}\n  ${told.join('\n  ')}\n  deep / first: ${ratio('cpu')} of the server, ${ratio('databaseCpu')} of PostgreSQL, ${ratio('p50')} of the time`) // prettier-ignore
}

const main = () =>
  withServer((databases) => databases.products(ROWS), async (server, database) => {
    for (const sort of SORTS) await compare(server, database, sort)
  }) // prettier-ignore

void main()
