import assert from 'node:assert/strict'
import { context, propagation, trace } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'
const traceparent = `00-${TRACE}-${PARENT}-01`

describe('traces', () => {
  const exporter = new InMemorySpanExporter()
  let world: World
  let owner: Person
  before(async () => {
    // What an operator's own module does before the server is loaded.
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register()
    world = await startWorld({ settings: { traces: true } })
    owner = await world.person('owner')
  })
  after(async () => {
    await world.close()
    for (const api of [trace, context, propagation]) api.disable()
  })

  const spansOf = (traceId: string): ReadableSpan[] =>
    exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId)
  /** Those of the trace, once this one has ended: a request does when its connection has taken the answer, which the client may see before. */
  const finished = async (name: string): Promise<ReadableSpan[]> => {
    while (!spansOf(TRACE).some((span) => span.name === name)) await new Promise(setImmediate)
    return spansOf(TRACE)
  }
  const named = (spans: readonly ReadableSpan[], name: string) => {
    const found = spans.find((span) => span.name === name)
    assert.ok(found, `${name} is not among ${spans.map((span) => span.name).join(', ')}`)
    return found
  }

  it('go on where a client began them: request, service and statement, each within the one before', async () => {
    exporter.reset()
    const answer = await world.rest(owner, 'POST', '/tasks', {
      body: { title: 'x' },
      headers: { traceparent }
    })
    assert.equal(answer.status, 201)
    assert.equal(answer.headers.get('x-request-id'), TRACE)
    const spans = await finished('POST /api/v1/tasks')
    const request = named(spans, 'POST /api/v1/tasks')
    const service = named(spans, 'tasks.create')
    const [statement] = spans.filter(({ attributes }) => /insert into "tasks"/.test(String(attributes['db.query.text']))) // prettier-ignore
    assert.equal(request.parentSpanContext?.spanId, PARENT)
    assert.equal(service.parentSpanContext?.spanId, request.spanContext().spanId)
    assert.equal(statement!.parentSpanContext?.spanId, service.spanContext().spanId)
    assert.equal(request.attributes['http.response.status_code'], 201)
    assert.equal(request.attributes['http.route'], '/api/v1/tasks')
    assert.equal(request.attributes['enduser.id'], String(owner.id))
    assert.ok(!JSON.stringify(spans.map(({ attributes }) => attributes)).includes(owner.token!))
  })

  it('have the shorter way of reads as well, and its statement', async () => {
    exporter.reset()
    await world.rest(owner, 'GET', '/tasks', { headers: { traceparent } })
    const spans = await finished('GET /api/v1/tasks')
    named(spans, 'GET /api/v1/tasks')
    const statement = spans.find(({ attributes }) => attributes['db.query.text'])
    assert.ok(statement?.parentSpanContext)
  })

  it('have calls over sockets, and what the feed tells', async () => {
    exporter.reset()
    const socket = await world.socket(owner)
    await socket.call('create', 'tasks', { title: 'y' })
    await world.settled()
    const spans = exporter.getFinishedSpans()
    const call = spans.find(({ attributes }) => attributes['rpc.method'] === 'tasks.create')
    assert.equal(call?.attributes['rachis.status'], 201)
    assert.ok(Number(named(spans, 'feed.real-time').attributes['rachis.changes']) >= 1)
  })
})
