import { createDatabase } from '../database/query'
import type { Application } from '../declare/declarations'
import { TRUE, and, column, compare } from '../declare/predicate'
import type { FieldInfo } from '../declare'
import { typeInfo } from '../declare/column-types'
import type { Model } from '../model/model'
import { dataSchema } from '../model/schemas'
import { quote } from '../model/table'
import { targetOf } from '../service/target'
import { select } from '../sql/statements'
import { Dice } from './dice'
import { dataFor, valueFor } from './samples'
import type { Json } from './wire'

/** What the database fills in by itself. */
const GIVEN = ['id', 'created_at', 'updated_at', 'version']
/** How many parents may stand above a record, so that a circle of required references ends with a message. */
const DEEPEST = 12

const isFilledIn = (field: FieldInfo): boolean =>
  field.computed !== undefined || field.nullable || field.default !== undefined || GIVEN.includes(field.name)

/** Makes records and data of a resource from its fields. */
export class Factory {
  private readonly models: readonly Model[]
  private readonly dice = new Dice(1)

  constructor(private readonly app: Application) {
    this.models = app.get('engine').models
  }

  /** @throws {Error} that lists the resources that there are */
  model(name: string): Model {
    const found = this.models.find((model) => model.name === name || model.path === name)
    if (found) return found
    throw new Error(`There is no resource ${name}; there are ${this.models.map((model) => model.name).join(', ')}`)
  } // prettier-ignore

  /** What a client may send to create a record: each field that it must have, with a value that the field takes. References are made as needed. */
  async data(name: string, fields: Json): Promise<Json> {
    const model = this.model(name)
    const schema = dataSchema(model, 'create') as unknown as { readonly required: readonly string[] }
    const missing = schema.required.filter((field) => !(field in fields))
    const parents = await this.parents(model, missing, 0)
    const ids = (resource: string) => [parents.get(resource)]

    return { ...dataFor(model, schema as never, this.dice, ids, { probability: 0, without: Object.keys(fields) }), ...fields } // prettier-ignore
  }

  /** Inserts a record by SQL, with the parents that it must have, and answers it as a reader would get it who may read every field. */
  async make(name: string, fields: Json, depth = 0): Promise<Json> {
    const model = this.model(name)
    if (!model.table) throw new Error(`${model.name} has no table to insert a record into`)
    const missing = [...model.fields.values()].filter(
      (field) => !isFilledIn(field) && !(field.name in fields)
    )
    const parents = await this.parents(model, missing.map((field) => field.name), depth) // prettier-ignore
    const ids = (resource: string) => [parents.get(resource)]
    const row = Object.fromEntries(missing.map((field) => [field.name, valueFor(field, this.dice, ids)]))
    const id = await this.insert(model, { ...row, ...fields })

    return this.read(model, id)
  }

  /** A new record of each resource that these fields refer to. */
  private async parents(
    model: Model,
    names: readonly string[],
    depth: number
  ): Promise<Map<string, unknown>> {
    if (depth > DEEPEST) throw new Error(`${model.name} needs a record that needs a record of its own kind: give the reference`) // prettier-ignore
    const resources = names.flatMap((name) => model.fields.get(name)?.references?.resource ?? [])
    const made = new Map<string, unknown>()
    for (const resource of new Set(resources))
      made.set(resource, (await this.make(resource, {}, depth + 1)).id)

    return made
  }

  private async insert({ name }: Model, row: Json): Promise<string> {
    const names = Object.keys(row).map(quote).join(', ')
    const table = quote(name)
    const source = `select ${names} from jsonb_populate_record(null::${table}, ?::jsonb)`
    const values = names === '' ? 'default values' : `(${names}) ${source}`
    const bindings = names === '' ? [] : [JSON.stringify(row)]
    const knex = this.app.get('postgresqlClient')
    const { rows } = await knex.raw<{ rows: [{ id: string }] }>(`insert into ${table} ${values} returning id::text`, bindings) // prettier-ignore

    return rows[0].id
  }

  private async read(model: Model, id: string): Promise<Json> {
    const { type } = model.fields.get('id')!
    const where = and([TRUE, compare(column('id', type), '=', typeInfo(type).isNumber ? Number(id) : id)])
    const [row] = await createDatabase(this.app.get('postgresqlClient')).query(select(targetOf(model), { where }))

    return row as Json
  } // prettier-ignore
}
