import type { Model } from '../../packages/rachis/src/model/model'
import type { Dice } from '../../packages/rachis/src/testing/dice'
import { encode } from '../../packages/rachis/src/testing/conformance/calls'
import type { TestApp } from '../../packages/rachis/src/testing/test-app'
import type { Json, Person } from '../helpers/world'

const PAGE = 100

/** A URL has texts only, and nothing in it stands for null: without a value would be the empty text. */
const inUrl = (query: Json): Json =>
  Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, value === null ? { $null: true } : value])
  )

/** All records of a list that fit, as this person may read them now, and a place at which that is true. Who may not read sees none. */
export const findAll = async (world: TestApp, person: Person, path: string, query: Json) => {
  const rows: Json[] = []
  let position: string | undefined
  for (let total = 1; rows.length < total;) {
    const search = encode({ ...inUrl(query), $limit: PAGE, $skip: rows.length, $sort: { id: 1 } })
    const { status, body, headers } = await world.rest(person, 'GET', `/${path}?${search}`)
    if (status === 401 || status === 403) break
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`)
    position ??= headers.get('x-rachis-position') ?? undefined
    rows.push(...(body.data as Json[]))
    total = body.total as number
    if (body.data.length === 0) break
  }

  return { rows, position }
}

/** A list that a client keeps up to date: by events alone, from a find on. */
export class View {
  readonly rows = new Map<unknown, Json>()
  /** The name of its subscription, where it has one. */
  subscription?: string
  isStale = true

  constructor(
    readonly path: string,
    readonly query: Json
  ) {}

  fill(rows: readonly Json[]) {
    this.rows.clear()
    for (const row of rows) this.rows.set(row.id, row)
    this.isStale = false
  }

  take(event: string, data: Json) {
    if (event === 'removed') this.rows.delete(data.id)
    else if (['created', 'updated', 'patched'].includes(event)) this.rows.set(data.id, data)
  }
}

/** What somebody may ask of these records, where no rule hides the field from anybody who sees the record. */
const filtersOf = (path: string, { id }: Person): readonly Json[] => {
  if (path === 'tasks') return [{ status: 'pending' }, { priority: { $in: ['high', 'low'] } }]
  if (path === 'products') return [{ is_active: true }]
  if (path === 'random-groups') return [{ is_open: true }, ...(id ? [{ manager_id: id }] : [])]
  if (!path.startsWith('random-')) return [{}]

  return [
    { kind: 'a' }, { kind: { $in: ['a', 'A'] } }, { kind: { $ne: 'b' } }, { is_open: true }, { points: { $gte: 3, $lt: 8 } }, { note: null },
    { status: 'open' }, { price: { $lte: 1.5 } }, { $or: [{ kind: 'b' }, { is_open: false }] }, ...(id ? [{ user_id: id }] : [])
  ] // prettier-ignore
}

export const drawnView = (dice: Dice, { path }: Model, person: Person): View =>
  new View(path, dice.chance(0.7) ? dice.pick(filtersOf(path, person)) : {})
