import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { anonymous, startWorld } from '../test/helpers/world'
import type { Person, World } from '../test/helpers/world'
import { binOf, NODE, OUT } from './tools'

const DOCUMENT = path.join(OUT, 'prism.json')

/** A port that is free now. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()

  return port
}

interface Violation {
  readonly location: readonly string[]
  readonly severity: string
  readonly message: string
}

/** Prism between a client and the server: it checks each call and each answer by the document, and says so in a header. */
class Prism {
  private process?: ChildProcess
  url = ''

  async start(target: string) {
    const port = await freePort()
    this.url = `http://127.0.0.1:${port}`
    const args = [
      binOf('@stoplight/prism-cli'),
      'proxy',
      DOCUMENT,
      target,
      '-p',
      String(port),
      '-h',
      '127.0.0.1'
    ]
    this.process = spawn(NODE, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let printed = ''
    const isListening = new Promise<void>((resolve, reject) => {
      for (const stream of [this.process!.stdout!, this.process!.stderr!])
        stream.on(
          'data',
          (data: Buffer) => (printed += data.toString()).includes('Prism is listening') && resolve()
        )
      this.process!.once('exit', () => reject(new Error(printed.slice(-2000))))
    })
    await isListening
  }

  stop() {
    this.process?.removeAllListeners('exit')
    this.process?.kill()
  }
}

describe('Prism as a validating proxy', function () {
  this.timeout(120_000)
  const prism = new Prism()
  let world: World
  let cast: Record<string, Person>
  const findings: string[] = []
  const statuses = new Map<number, number>()
  let calls = 0

  before(async () => {
    world = await startWorld()
    cast = await world.cast()
    await mkdir(OUT, { recursive: true })
    // Prism prefixes the paths of its target by those of the document's servers only where it is asked to: here they are one.
    const document = (await (await fetch(`${world.url}/openapi.json`)).json()) as object
    await writeFile(DOCUMENT, JSON.stringify({ ...document, servers: [{ url: `${world.url}/api/v1` }] }))
    await prism.start(`${world.url}/api/v1`)
  })
  after(async () => {
    prism.stop()
    await world?.close()
  })

  /** A call through Prism. Calls that are meant to be refused break the document themselves; their answers must not. */
  const call = async (person: Person, method: string, path: string, body?: unknown) => {
    const response = await fetch(`${prism.url}${path}`, {
      method,
      headers: {
        ...(person.token ? { Authorization: `Bearer ${person.token}` } : {}),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' })
      },
      body: body === undefined ? undefined : JSON.stringify(body)
    })
    const text = await response.text()
    const found = JSON.parse(response.headers.get('sl-violations') ?? '[]') as Violation[]
    const wrong = found.filter(({ location }) => response.status < 400 || location[0] === 'response')
    for (const { location, message } of wrong) findings.push(`${person.name} ${method} ${path} ${response.status}: ${location.join('.')} ${message}`) // prettier-ignore
    calls++
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)

    return text ? JSON.parse(text) : undefined
  }

  const LISTS = ['/products', '/categories', '/tasks', '/orders', '/order-items', '/users', '/stores', '/inventory', '/replenishments', '/api-keys', '/audit', '/sessions', '/security-events'] // prettier-ignore
  const QUERIES = ['', '?limit=1&skip=1', '?sort=-id', '?sort=id,-created_at', '?id=1,2', '?filter[id.$gt]=1', '?$sort[id]=-1&$limit=2'] // prettier-ignore
  const FORMS = ['/pages', '/pages?page=2&page_size=1', '/select?fields=id']

  it('finds nothing in creating, changing and removing', async () => {
    const { admin, owner, stranger } = cast as Record<string, Person>
    const category = await call(admin!, 'POST', '/categories', { name: 'Drinks', slug: 'drinks' })
    const product = {
      name: 'Tea',
      price: 19.9,
      stock_quantity: 50,
      category_id: category.id,
      attributes: { size: 1 }
    }
    const tea = await call(admin!, 'POST', '/products', { ...product, sku: 'tea-1', cost: 3 })
    await call(admin!, 'POST', '/products/bulk', [
      { ...product, sku: 'tea-2' },
      { ...product, sku: 'tea-3' }
    ])
    await call(admin!, 'PATCH', `/products/${tea.id}`, { featured: true })
    await call(admin!, 'PUT', `/products/${tea.id}`, { ...tea, name: 'Green tea' })
    const task = await call(owner!, 'POST', '/tasks', { title: 'Drink' })
    for (const step of ['start', 'complete']) await call(owner!, 'POST', `/tasks/${task.id}/${step}`)
    const order = await call(owner!, 'POST', '/orders', { items: [{ product_id: tea.id, quantity: 2 }], shipping_address: { street: '1 High Street', city: 'Leeds' }, payment_method: 'card' }) // prettier-ignore
    await call(owner!, 'GET', `/orders/${order.id}?include=items,items.product`)
    await call(owner!, 'POST', `/orders/${order.id}/cancel`)
    for (const person of [anonymous, owner!, stranger!, admin!]) {
      await call(person, 'GET', `/products/${tea.id}`)
      await call(person, 'GET', `/products/${tea.id}/select?fields=name,price`)
      await call(person, 'GET', `/products/${tea.id}/history`)
      await call(person, 'GET', `/tasks/${task.id}`)
      await call(person, 'DELETE', `/tasks/${task.id}`)
    }
    await call(anonymous, 'POST', '/users', { email: 'new@example.com', username: 'newcomer', password: 'correct-horse-battery' }) // prettier-ignore
    await call(admin!, 'DELETE', `/products/${tea.id}`)
    await call(admin!, 'POST', `/products/${tea.id}/restore`)
    assert.deepEqual(findings.splice(0), [])
  })

  it('finds nothing in lists, pages and chosen fields, whoever asks', async () => {
    for (const person of [anonymous, cast.owner!, cast.admin!])
      for (const path of LISTS)
        for (const query of person === anonymous ? ['', '/pages'] : [...QUERIES, ...FORMS]) await call(person, 'GET', `${path}${query}`) // prettier-ignore
    for (const query of [
      '?include=category',
      '?search=tea',
      '?min_price=1&max_price=20',
      '?filter[price.$lt]=20&filter[tags.$contains]=x',
      '?attributes.size=1',
      '?$sort[price]=1&$sort[name]=-1&$sort[sku]=1',
      '/select?fields=name,price&include=category'
    ])
      // prettier-ignore
      await call(cast.manager!, 'GET', `/products${query}`)
    assert.deepEqual(findings.splice(0), [])
  })

  it('finds nothing in reports and in the sign-in', async () => {
    const { admin, owner } = cast as Record<string, Person>
    for (const path of [
      '/analytics/sales?days=7',
      '/orders/health/stock-check',
      '/inventory/kpi',
      '/inventory/trends?days=7',
      '/inventory/categories',
      '/inventory/alerts/low-stock',
      '/stores/regions/options',
      '/stores/regions/summary',
      '/products/categories/list',
      '/products/brands/list',
      '/users/role/user',
      '/tasks/search?q=tea',
      '/orders/my-orders'
    ])
      // prettier-ignore
      for (const person of [anonymous, owner!, admin!]) await call(person, 'GET', path)
    const signedIn = await call(anonymous, 'POST', '/auth/login', { email: owner!.email, password: 'correct-horse' }) // prettier-ignore
    await call(anonymous, 'POST', '/auth/refresh', { refresh_token: signedIn.refresh_token })
    await call(anonymous, 'POST', '/auth/login', { email: owner!.email, password: 'wrong' })
    assert.deepEqual(findings.splice(0), [])
  })

  it('finds nothing in refusals', async () => {
    const { owner } = cast as Record<string, Person>
    for (const [method, path, body] of [
      ['POST', '/tasks', { title: '' }],
      ['POST', '/tasks', { title: 'x', nothing: 1 }],
      ['POST', '/products', { name: 'x' }],
      ['GET', '/tasks?nothing=1'],
      ['GET', '/tasks?limit=x'],
      ['GET', '/tasks/select'],
      ['GET', '/tasks/999999'],
      ['PATCH', '/tasks/999999', { title: 'x' }],
      ['POST', '/tasks/bulk', [{ title: '' }]],
      ['POST', '/orders', { items: [] }]
    ] as const)
      for (const person of [anonymous, owner!]) await call(person, method, path, body)
    assert.deepEqual(findings.splice(0), [])
    assert.ok(calls >= 200, `only ${calls} calls`)
    for (const status of [200, 201, 400, 401, 403, 404, 422]) assert.ok(statuses.has(status), `no ${status}`)
  })
})
