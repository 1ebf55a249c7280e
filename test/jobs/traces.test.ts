import assert from 'node:assert/strict'
import { context, propagation, SpanStatusCode, trace } from '@opentelemetry/api'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { behaviour, next, options } from './stage'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

describe('traces of jobs', () => {
  const exporter = new InMemorySpanExporter()
  let world: World
  before(async () => {
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register()
    world = await openStage({ ...options, config: { ...options.config, traces: true } })
  })
  after(async () => {
    await world.close()
    for (const api of [trace, context, propagation]) api.disable()
  })

  it('go on with the call that has enqueued the job, through each attempt', async () => {
    behaviour.stamp = async ({ attempt }) => {
      if (attempt === 1) throw new Error('The first attempt')
    }
    const done = next('stamp', 'traced')
    const owner = await world.person('owner')
    const headers = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` }
    await world.rest(owner, 'POST', '/letters/post', { body: { title: 'traced' }, headers })
    await done
    await world.app.get('jobQueues').close()
    const spans = exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === TRACE)
    const attempts = spans.filter(({ name }) => name === 'jobs.stamp')
    assert.deepEqual(attempts.map(({ attributes }) => attributes['rachis.attempt']), [1, 2])
    assert.deepEqual(attempts.map(({ status }) => status.code), [SpanStatusCode.ERROR, SpanStatusCode.UNSET])
    const call = spans.find(({ name }) => name === 'letters.post')!
    for (const { parentSpanContext } of attempts) assert.equal(parentSpanContext?.spanId, call.spanContext().spanId)
    const inside = spans.filter(({ parentSpanContext }) => parentSpanContext?.spanId === attempts[1]!.spanContext().spanId)
    assert.ok(inside.some(({ attributes }) => /insert into "letters"/.test(String(attributes['db.query.text']))))
  }) // prettier-ignore
})
