import { createSecretKey } from 'crypto'
import fastify from 'fastify'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import jwt from 'jsonwebtoken'
import { Pool } from 'pg'
import { wireTypes } from '../../packages/rachis/src/database/types'
import type { Contender, Start } from '../harness/contender'
import { product, products, task, taskData, taskPatch } from './fastify-schemas'
import { getProduct, getTask, insertTask, listProducts, totalOfProducts, updateTask } from './limit-sql'
import { HOUR } from './shared'

interface Id {
  readonly id: string
}
interface Filter {
  readonly brand: string
  readonly 'price[$gte]': string
  readonly $limit: string
}
interface Task {
  readonly title?: string
  readonly description?: string
  readonly priority?: string
  readonly due_date?: string
}

const key = createSecretKey(Buffer.from(process.env.SECRET_KEY!))

/** The user of the access token. Fastify answers 500 where it is none, which no question of these asks for. */
const userOf = ({ headers }: FastifyRequest): number => {
  const token = headers.authorization?.slice('Bearer '.length) ?? ''

  return Number((jwt.verify(token, key, { algorithms: ['HS256'] }) as { sub: string }).sub)
}

/** A hand-written API on Fastify: bodies checked by its schemas, answers written by its serializers, prepared statements. */
const routes = (app: FastifyInstance, pool: Pool) => {
  const rows = async (name: string, text: string, values: unknown[]) =>
    (await pool.query<object>({ name, text, values })).rows

  app.get<{ Params: Id }>('/products/:id', { schema: { response: { 200: product } } }, async (request, reply) => {
    const [row] = await rows('get', getProduct(false), [Number(request.params.id)])
    return row ?? reply.code(404).send({})
  })

  app.get<{ Querystring: Filter }>('/products', { schema: { response: { 200: products } } }, async ({ query }) => {
    const filter = [query.brand, Number(query['price[$gte]'])]
    const limit = Number(query.$limit)
    const [data, [counted]] = await Promise.all([
      rows('list', listProducts(false), [...filter, limit]),
      rows('total', totalOfProducts, filter)
    ])

    return { ...counted, limit, skip: 0, data }
  })

  app.get<{ Params: Id }>('/tasks/:id', { schema: { response: { 200: task } } }, async (request, reply) => {
    const [row] = await rows('owner-get', getTask(false), [Number(request.params.id), userOf(request)])
    return row ?? reply.code(404).send({})
  })

  const values = (request: FastifyRequest, { title, description, priority, due_date }: Task) =>
    [userOf(request), title, description, priority, due_date].map((value) => value ?? null)

  app.post<{ Body: Task }>('/tasks', { schema: { body: taskData, response: { 201: task } } }, async (request, reply) => {
    const [row] = await rows('create', insertTask(false), values(request, request.body))
    return reply.code(201).send(row)
  })

  app.patch<{ Params: Id; Body: Task }>('/tasks/:id', { schema: { body: taskPatch, response: { 200: task } } }, async (request, reply) => {
    const [row] = await rows('patch', updateTask(false), [...values(request, request.body), Number(request.params.id)])
    return row ?? reply.code(404).send({})
  })
} // prettier-ignore

export const start: Start = async (connectionString): Promise<Contender> => {
  const pool = new Pool({ connectionString, types: wireTypes, options: '-c TimeZone=UTC', max: 10 })
  const app = fastify()
  routes(app, pool)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })

  return {
    url,
    tokens: async (ids) => ids.map((id) => jwt.sign({}, key, { subject: String(id), expiresIn: HOUR })),
    stop: () => app.close().then(() => pool.end())
  }
}
