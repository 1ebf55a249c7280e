import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { anyone, defineResource, text } from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { lower } from '../../packages/rachis/src/model/lower'
import { pipelinesOf } from '../../packages/rachis/src/service/pipeline'
import type { World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

const parcels = defineResource('parcels', {
  fields: { label: text() },
  access: { read: anyone, create: anyone, update: anyone, remove: anyone },
  soft_delete: true,
  bulk: { update: 5, remove: 5 },
  audited: { days: 30 }
}) as unknown as AnyResource

const page = readFileSync(path.join(__dirname, '../../docs/architecture.md'), 'utf8')
/** The rows of the table below this heading, as their cells. */
const table = (heading: string): string[][] => {
  const [, , ...lines] = page.slice(page.indexOf(heading)).split('\n\n')[0]!.split('\n')
  return lines.map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim())) // prettier-ignore
}
const codesIn = (cell: string) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name!)

describe('the stages of a call', () => {
  const listed = table('| operation | stages').flatMap(([operations, stages]) =>
    codesIn(operations!).map((name) => [name, stages!.split(', ')] as const)
  )

  it('are those of docs/architecture.md, in this order', () => {
    const pipelines = pipelinesOf(lower(parcels), { knex: {}, passwords: {}, wake: () => {} } as never)
    const names = Object.entries(pipelines).map(([name, stages]) => [name, stages().map(([stage]) => stage)])
    assert.deepEqual(Object.fromEntries(names), Object.fromEntries(listed))
  })

  it('are each explained there', () => {
    const explained = table('| stage | does').flatMap(([stage]) => codesIn(stage!))
    const named = new Set(listed.flatMap(([, stages]) => stages))
    assert.deepEqual([...explained].sort(), [...named].sort())
  })
})

describe('Server-Timing', function () {
  this.timeout(60_000)
  let world: World
  before(async () => {
    world = await startWorld({ resources: [parcels], settings: { http: { server_timing: true } } })
  })
  after(() => world?.close())

  const timing = (headers: Headers) =>
    headers.get('server-timing')!.split(', ').map((one) => /^([A-Za-z]+);dur=(\d+\.\d\d)$/.exec(one)!.slice(1)) // prettier-ignore

  it('tells each stage of a call in the order in which it is entered, where it is switched on', async () => {
    const created = await world.rest(anonymous, 'POST', '/parcels', { body: { label: 'x' } })
    const stages = ['identify', 'authorize', 'shareFirst', 'idempotency', 'preconditions', 'validateQuery', 'boundData', 'acceptUnchanged', 'validateData', 'authorizeFields', 'askReferences', 'prepare', 'share', 'project', 'recordChange', 'transaction', 'authorizeCreation', 'includeWritten', 'rememberAnswer', 'method'] // prettier-ignore
    assert.deepEqual(timing(created.headers).map(([name]) => name), stages) // prettier-ignore
    const found = await world.rest(anonymous, 'GET', '/parcels')
    const names = ['identify', 'share', 'authorize', 'paginate', 'validateQuery', 'include', 'method']
    assert.deepEqual(timing(found.headers).map(([name]) => name), names) // prettier-ignore
    const method = timing(found.headers).find(([name]) => name === 'method')!
    assert.ok(Number(method[1]) > 0, 'a statement takes time')
  })

  it('counts the time of a stage once, and not in those around it', async () => {
    const begin = performance.now()
    const { headers } = await world.rest(anonymous, 'GET', '/parcels')
    const took = performance.now() - begin
    const sum = timing(headers).reduce((all, [, duration]) => all + Number(duration), 0)
    assert.ok(sum <= took, `${sum} ms of stages in ${took} ms`)
  })

  it('is not there where nobody has switched it on', async () => {
    const other = await startWorld({ resources: [parcels] })
    const { status, headers } = await other.rest(anonymous, 'GET', '/parcels')
    assert.deepEqual([status, headers.get('server-timing')], [200, null])
    await other.close()
  })

  it('tells nothing of an error', async () => {
    const refused = await world.rest(anonymous, 'GET', '/parcels/999')
    assert.deepEqual([refused.status, refused.headers.get('server-timing')], [404, null])
  })
})
