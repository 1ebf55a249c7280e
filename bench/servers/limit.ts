import { createSecretKey, randomBytes } from 'crypto'
import { createServer } from 'http'
import type { IncomingMessage, ServerResponse } from 'http'
import type { AddressInfo } from 'net'
import jwt from 'jsonwebtoken'
import { Client, Pool } from 'pg'
import { Server } from 'socket.io'
import type { Socket } from 'socket.io'
import { wireTypes } from '../../packages/rachis/src/database/types'
import type { Contender, Start } from '../harness/contender'
import { HOUR, listen, NO_HEARTBEAT, textOf } from './shared'
import { getProduct, getTask, holdProducts, insertOrder, insertTask, listProducts, salesOf, totalOfProducts, updateTask } from './limit-sql' // prettier-ignore

/** Whether PostgreSQL makes the JSON, and whether statements are sent before those in front of them are answered. */
const VARIANTS: Readonly<Record<string, { readonly isJson: boolean; readonly isPipelined: boolean }>> = {
  '': { isJson: false, isPipelined: false },
  json: { isJson: true, isPipelined: false },
  pipelined: { isJson: true, isPipelined: true }
}

/** What Node and PostgreSQL allow: node:http, pg with prepared statements, and a hand that knows each question beforehand. */
class Limit {
  readonly key = createSecretKey(Buffer.from(process.env.SECRET_KEY!))
  private readonly pool: Pool
  /** What single statements run on. */
  private readonly single: Pool | Client
  readonly http = createServer((request, response) => void this.handle(request, response))
  readonly io = new Server(this.http, NO_HEARTBEAT)

  constructor(
    connectionString: string,
    private readonly isJson: boolean,
    isPipelined: boolean
  ) {
    const config = { connectionString, types: wireTypes, options: '-c TimeZone=UTC' }
    this.pool = new Pool({ ...config, max: 10 })
    this.single = isPipelined ? new Client({ ...config, pipeline: true }) : this.pool
    this.io.on('connection', (socket) => this.signIn(socket))
  }

  async open() {
    if (this.single instanceof Client) await this.single.connect()
  }

  close = async () => {
    await this.io.close()
    if (this.single instanceof Client) await this.single.end()
    await this.pool.end()
  }

  /** The rows of a statement as JSON text, made by Node or by PostgreSQL. */
  private async json(name: string, text: string, values: unknown[]): Promise<string[]> {
    if (!this.isJson) return (await this.single.query({ name, text, values })).rows.map((row) => JSON.stringify(row)) // prettier-ignore
    const written = `with r as (${text}) select row_to_json(r)::text from r`
    const { rows } = await this.single.query<[string]>({
      name,
      text: / returning /.test(text) ? written : `select row_to_json(r)::text from (${text}) r`,
      values,
      rowMode: 'array'
    })

    return rows.map(([row]) => row)
  }

  private userOf(token: string | undefined): number {
    const { sub } = jwt.verify(token ?? '', this.key, { algorithms: ['HS256'] }) as { sub: string }
    return Number(sub)
  }

  private async handle(request: IncomingMessage, response: ServerResponse) {
    try {
      const [path, query] = request.url!.split('?') as [string, string?]
      const [, resource, id] = path.split('/')
      const { method } = request
      if (resource === 'products') await this.products(response, id, query)
      else if (resource === 'analytics')
        await this.sales(response, Number(new URLSearchParams(query).get('days')))
      else if (resource === 'orders') await this.order(request, response, this.signedIn(request))
      else if (method === 'GET') await this.getTask(response, this.signedIn(request), Number(id))
      else await this.writeTask(request, response, this.signedIn(request), Number(id))
    } catch (error) {
      send(response, 500, JSON.stringify({ message: String(error) }))
    }
  }

  private signedIn({ headers }: IncomingMessage): number {
    return this.userOf(headers.authorization?.slice('Bearer '.length))
  }

  private async products(response: ServerResponse, id: string | undefined, query = '') {
    if (id) return one(response, 200, await this.json('get', getProduct(this.isJson), [Number(id)]))
    const asked = new URLSearchParams(query)
    const filter = [asked.get('brand'), Number(asked.get('price[$gte]'))]
    const limit = Number(asked.get('$limit'))
    const [rows, counted] = await Promise.all([
      this.json('list', listProducts(this.isJson), [...filter, limit]),
      this.single.query<{ total: number }>({ name: 'total', text: totalOfProducts, values: filter })
    ])
    const { total } = counted.rows[0]!
    send(response, 200, `{"total":${total},"limit":${limit},"skip":0,"data":[${rows.join()}]}`)
  }

  private async getTask(response: ServerResponse, user: number, id: number) {
    one(response, 200, await this.json('owner-get', getTask(this.isJson), [id, user]))
  }

  private async writeTask(request: IncomingMessage, response: ServerResponse, user: number, id: number) {
    const data = JSON.parse(await textOf(request)) as Record<string, unknown>
    const { title = null, description = null, priority = null, due_date = null } = data
    if (title !== null && (typeof title !== 'string' || title.length > 255)) return send(response, 422, '{}')
    const values = [user, title, description, priority, due_date]
    if (request.method === 'POST')
      return one(response, 201, await this.json('create', insertTask(this.isJson), values))
    const rows = await this.json('patch', updateTask(this.isJson), [...values, id])
    one(response, 200, rows)
    if (rows[0]) this.io.to(`users/${user}`).emit('tasks patched', JSON.parse(rows[0]))
  }

  private async order(request: IncomingMessage, response: ServerResponse, user: number) {
    const text = await textOf(request)
    const { items } = JSON.parse(text) as { items: { product_id: number }[] }
    const ids = items.map(({ product_id }) => product_id)
    const client = await this.pool.connect()
    try {
      await client.query('begin')
      const held = await client.query({ name: 'hold', text: holdProducts, values: [ids] })
      if (held.rowCount !== ids.length) throw new Error('There is not enough')
      const number = `ORD-${randomBytes(5).toString('hex')}`
      const { rows } = await client.query<object>({
        name: 'order',
        text: insertOrder,
        values: [user, number, text]
      })
      await client.query('commit')
      one(response, 201, rows.map((row) => JSON.stringify(row))) // prettier-ignore
    } catch (error) {
      await client.query('rollback')
      throw error
    } finally {
      client.release()
    }
  }

  private async sales(response: ServerResponse, days: number) {
    const { rows } = await this.pool.query<object>({ name: `sales ${days}`, text: salesOf(days) })
    const facts = { period_days: days, time_zone: 'UTC', currency: 'USD' }
    one(response, 200, rows.map((row) => JSON.stringify({ ...facts, ...row }))) // prettier-ignore
  }

  private signIn(socket: Socket) {
    socket.on('create', (_service: string, { accessToken }: { accessToken: string }, ack: (error: unknown) => void) => {
      void socket.join(`users/${this.userOf(accessToken)}`)
      ack(null)
    }) // prettier-ignore
  }
}

const send = (response: ServerResponse, status: number, body: string) => {
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body)
  })
  response.end(body)
}

const one = (response: ServerResponse, status: number, [row]: readonly string[]) =>
  row ? send(response, status, row) : send(response, 404, '{}')

export const start: Start = async (databaseUrl, variant): Promise<Contender> => {
  const { isJson, isPipelined } = VARIANTS[variant]!
  const limit = new Limit(databaseUrl, isJson, isPipelined)
  await limit.open()
  const { port } = (await listen(limit.http)).address() as AddressInfo
  const token = (id: number) => jwt.sign({}, limit.key, { subject: String(id), expiresIn: HOUR })

  return {
    url: `http://127.0.0.1:${port}`,
    tokens: async (ids) => ids.map(token),
    stop: limit.close
  }
}
