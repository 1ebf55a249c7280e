import { Client } from 'pg'
import type { Model } from '../../model/model'
import { quote } from '../../model/table'
import { cloneDatabase as clone, databaseNamed } from '../databases'
import type { Json } from '../wire'

import type { Dice } from '../dice'
import type { Ids } from '../samples'
import { rowFor } from '../samples'

const list = (names: readonly string[]) => names.map(quote).join(', ')

/** SQL run by hand over one connection that stays open: what psql, a script or another program would do. */
export class SqlConnection {
  private last: Promise<unknown> = Promise.resolve()
  private constructor(private readonly client: Client) {}

  static async to(database: string): Promise<SqlConnection> {
    const client = new Client({ connectionString: database })
    await client.connect()

    return new SqlConnection(client)
  }

  /** One statement after the other, whoever asks. */
  sql(text: string, values: unknown[] = []): Promise<Json[]> {
    const answer = this.last.then(async () => (await this.client.query(text, values)).rows as Json[])
    this.last = answer.catch(() => undefined)

    return answer
  }

  /** Rows whose columns may differ from each other; answers their ids. */
  async insert(table: string, rows: readonly Json[]): Promise<unknown[]> {
    const ids: unknown[] = []
    for (const row of rows) {
      const names = list(Object.keys(row))
      const [made] = await this.sql(
        `insert into ${quote(table)} (${names}) select ${names} from jsonb_populate_record(null::${quote(table)}, $1) returning id::text`,
        [JSON.stringify(row)]
      )
      ids.push(made!.id)
    }

    return ids
  }

  update(table: string, changes: Json, condition: string, values: unknown[] = []) {
    const names = list(Object.keys(changes))
    const source = `select ${names} from jsonb_populate_record(null::${quote(table)}, $${values.length + 1})`

    return this.sql(`update ${quote(table)} set (${names}) = (${source}) where ${condition}`, [...values, JSON.stringify(changes)]) // prettier-ignore
  }

  async ids(table: string): Promise<unknown[]> {
    return (await this.sql(`select id from ${quote(table)} order by id`)).map(({ id }) => (/^\d+$/.test(id) ? Number(id) : id)) // prettier-ignore
  }

  /** The ids of all records of these resources, by name; none of one without a table. */
  async idsOf(models: readonly Model[]): Promise<ReadonlyMap<string, readonly unknown[]>> {
    const entries = models.map(async ({ name, table }) => [name, table ? await this.ids(name) : []] as const)

    return new Map(await Promise.all(entries))
  }

  end() {
    return this.client.end()
  }
}

/** A copy of a database that nobody is connected to: the same ids, the same times. */
export const cloneDatabase = (url: string): Promise<string> =>
  clone(databaseNamed(url, 'postgres'), new URL(url).pathname.slice(1))

/** What the cast is signed in by: rows by chance would sign them out, or ask them for codes that they do not have. */
export const isOfSignIn = ({ name }: Pick<Model, 'name'>) => ['sessions', 'mfa_factors'].includes(name)

/** Parents before children. A table that refers to itself, or around a circle, begins with what may be null. */
const inOrder = (models: readonly Model[]): Model[] => {
  const done: Model[] = []
  const visit = (model: Model, path: readonly Model[]) => {
    if (done.includes(model) || path.includes(model)) return
    for (const { references } of model.fields.values()) {
      const parent = models.find(({ name }) => name === references?.resource)
      if (parent) visit(parent, [...path, model])
    }
    done.push(model)
  }
  for (const model of models) visit(model, [])

  return done
}

/** Some rows in every table, as they could be there by whatever way. Most belong to those who will be looking. */
export const fill = async (
  hand: SqlConnection,
  models: readonly Model[],
  dice: Dice,
  count: number,
  cast: readonly number[] = []
) => {
  const known = new Map<string, unknown[]>()
  const ids: Ids = (resource) =>
    resource === 'users' && cast.length > 0 && dice.chance(0.75) ? cast : (known.get(resource) ?? [])
  for (const model of inOrder(models)) {
    for (let i = 0; i < count; i++) {
      await insertRandom(hand, model, dice, ids)
      known.set(model.name, await hand.ids(model.name))
    }
  }
}

/** Rows by chance may break a unique key or a check that two columns share; then there is one row less. */
export const insertRandom = (hand: SqlConnection, model: Model, dice: Dice, ids: Ids) =>
  hand.insert(model.name, [rowFor(model, dice, ids)]).catch((error: { code?: string }) => {
    if (!/^23/.test(error.code ?? '')) throw error
    return []
  })
