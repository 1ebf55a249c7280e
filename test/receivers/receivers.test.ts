import assert from 'node:assert/strict'
import { accounts } from '../../packages/rachis/src/accounts'
import { createApp } from '../../packages/rachis/src/create-app'
import { jobs } from '../../packages/rachis/src/jobs'
import { receivers } from '../../packages/rachis/src/receivers'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import type { Signer } from './signers'
import { deliver, SECRETS, signed } from './signers'
import { options, parcels, receiverOf } from './stage'

const KINDS = ['github', 'standard', 'stripe'] as const

describe('receivers of webhooks', () => {
  let world: World
  before(async () => void (world = await openStage(options)))
  after(() => world?.close())

  /** Everything that a webhook may leave behind. */
  const left = () =>
    world.sql(`select (select count(*)::int from received_webhooks) as received, (select count(*)::int from parcels) as parcels,
      (select count(*)::int from pgboss.job) as jobs, (select count(*)::int from changes) as changes`)
  const bodyOf = (title: string, more: object = {}) => JSON.stringify({ id: `evt_${title}`, type: 'moved', title, ...more }) // prettier-ignore

  for (const scheme of KINDS)
    it(`take what ${scheme} signs, once for each id, and tell it to administrators alone`, async () => {
      const [told, foreign] = await Promise.all([world.as('admin').events(), world.as('stranger').events()])
      // White space and an escape that writing it anew would lose, and a type of body that is not asked.
      const body = ` ${bodyOf(`${scheme} \\u00e9`)}\n`
      const headers = signed[scheme](body, { id: 'one' })
      const first = await deliver(world, scheme, body, { ...headers, 'Content-Type': 'text/plain' })
      assert.deepEqual([first.status, first.body.status], [202, 'accepted'], JSON.stringify(first.body))
      assert.equal(first.headers.get('cache-control'), 'no-store')
      const { data: parcel } = await told.event('parcels created')
      assert.deepEqual([parcel.title, parcel.event_id], [`${scheme} \\u00e9`, first.body.id])
      const { data: received } = await told.event('received-webhooks created')
      assert.deepEqual([received.receiver, received.event_id], [scheme, first.body.id])
      const again = await Promise.all([1, 2, 3].map((at) => deliver(world, scheme, body, signed[scheme](body, { at, id: 'one' })))) // prettier-ignore
      assert.deepEqual(again.map(({ status, body: { status: outcome } }) => [status, outcome]), Array(3).fill([202, 'duplicate'])) // prettier-ignore
      const [{ count }] = (await world.sql(`select count(*)::int as count from pgboss.job where data -> 'input' ->> 'event_id' = '${first.body.id}'`)) as [{ count: number }] // prettier-ignore
      assert.equal(count, 1)
      await world.settled()
      assert.deepEqual(await foreign.told(), [])
    })

  it('take one of many at once with one id', async () => {
    const told = await world.as('admin').events()
    const body = bodyOf('crowd')
    const answers = await Promise.all(Array.from({ length: 8 }, () => deliver(world, 'stripe', body, signed.stripe(body)))) // prettier-ignore
    assert.ok(answers.every(({ status }) => status === 202))
    assert.equal(answers.filter(({ body: { status } }) => status === 'accepted').length, 1)
    // Its job would write during the next test, which counts what is there.
    await told.event('parcels created')
  })

  it('refuse whatever is not signed by the secret for these bytes and this time, and leave nothing', async () => {
    const body = bodyOf('forged')
    const before = await left()
    const refusals = async (name: Signer, sent: string | Buffer, headers: Record<string, string>) => {
      const { status, body: answer } = await deliver(world, name, sent, headers)
      assert.deepEqual([status, answer.error?.code], [401, 'INVALID_SIGNATURE'], JSON.stringify(headers))
      assert.doesNotMatch(JSON.stringify(answer), /secret-of|MfKQ|forged/)
    }
    for (const scheme of KINDS) {
      const right = signed[scheme](body)
      await refusals(scheme, body, {})
      await refusals(scheme, `${body} `, right)
      await refusals(scheme, body, signed[scheme](body, { secret: `whsec_${'A'.repeat(32)}` }))
      for (const name of Object.keys(right).filter((header) => /signature/i.test(header)))
        for (const value of ['', 'x', right[name]!.slice(0, -4), right[name]!.replace('v1', 'v2').replace('sha256', 'sha1')])
          await refusals(scheme, body, { ...right, [name]: value })
      await refusals(scheme, '', right)
    }
    for (const scheme of ['standard', 'stripe'] as const)
      for (const at of [-400, 400]) await refusals(scheme, body, signed[scheme](body, { at }))
    // Another time than the one that is signed.
    const late = signed.standard(body, { at: -400 })
    await refusals('standard', body, { ...late, 'webhook-timestamp': String(Math.floor(Date.now() / 1000)) })
    const old = signed.stripe(body, { at: -400 })['Stripe-Signature']!
    await refusals('stripe', body, { 'Stripe-Signature': `t=${Math.floor(Date.now() / 1000)},${old}` })
    assert.deepEqual(await left(), before)
  }) // prettier-ignore

  it('take the old and the new secret while one is changed for the other', async () => {
    const told = await world.as('admin').events()
    const body = bodyOf('changed')
    const headers = signed.github(body, { secret: 'another-secret-of-github' })
    assert.equal((await deliver(world, 'github', body, headers)).body.status, 'accepted')
    const old = signed.standard(body, { id: 'rotated' })
    const both = { ...old, 'webhook-signature': `v1a,xyz v1,AAAA ${old['webhook-signature']}` }
    assert.equal((await deliver(world, 'standard', body, both)).body.status, 'accepted')
    // Tests after this one count what there is.
    const { data: first } = await told.event('parcels created')
    await told.event('parcels created', ({ id }) => id !== first.id)
  })

  it('know the signatures that the manuals show', async () => {
    const { SCHEMES } = await import('../../packages/rachis/src/receivers/schemes')
    const { isAuthentic } = await import('../../packages/rachis/src/receivers/signature')
    const of = (scheme: Signer, secret: string, headers: Record<string, string>, body: string) =>
      isAuthentic(SCHEMES[scheme].claim(headers, Buffer.from(body))!, [SCHEMES[scheme].key(secret)], Infinity)
    // docs.github.com, "Testing the webhook payload validation".
    assert.ok(of('github', "It's a Secret to Everybody", { 'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17' }, 'Hello, World!')) // prettier-ignore
    // The libraries of Standard Webhooks.
    assert.ok(of('standard', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330', 'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' }, '{"test": 2432232314}')) // prettier-ignore
  })

  it('ignore types that nothing is done for', async () => {
    const before = await left()
    const body = bodyOf('ignored')
    const { status, body: answer } = await deliver(
      world,
      'github',
      body,
      signed.github(body, { type: 'star' })
    )
    assert.deepEqual([status, answer.status], [202, 'ignored'])
    assert.deepEqual(await left(), before)
  })

  it('refuse what is signed and cannot be read, with the error object', async () => {
    const before = await left()
    const faults: [string | Buffer, number, string, string?][] = [
      ['payload=%7B%7D', 400, 'MALFORMED_BODY'],
      [Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), 400, 'MALFORMED_BODY'],
      ['{"id":"a\\u0000","title":"x"}', 400, 'MALFORMED_BODY'],
      ['{"id":"a","title":"\\ud800"}', 400, 'MALFORMED_BODY'],
      ['['.repeat(1900), 400, 'MALFORMED_BODY'],
      ['7', 422, 'VALIDATION_ERROR', 'id'],
      ['{"title":"x"}', 422, 'VALIDATION_ERROR', 'id'],
      [JSON.stringify({ id: 'x'.repeat(256), title: 'x' }), 422, 'VALIDATION_ERROR', 'id'],
      ['{"id":"a","type":"b","title":7}', 422, 'VALIDATION_ERROR', 'title'],
      [bodyOf('x'.repeat(151)), 422, 'VALIDATION_ERROR', 'title'],
      [bodyOf('long', { more: 'x'.repeat(2000) }), 413, 'PAYLOAD_TOO_LARGE']
    ]
    for (const [sent, status, code, field] of faults) {
      const { body, ...answer } = await deliver(world, 'stripe', sent, signed.stripe(sent))
      assert.deepEqual([answer.status, body.error?.code, body.error?.field], [status, code, field], String(sent).slice(0, 50)) // prettier-ignore
      assert.ok(body.error.hint && body.error.trace_id)
    }
    const packed = await deliver(world, 'stripe', bodyOf('y'), { ...signed.stripe(bodyOf('y')), 'Content-Encoding': 'gzip' }) // prettier-ignore
    assert.equal(packed.status, 415)
    assert.deepEqual(await left(), before)
  })

  it('have a path for POST, none without a secret, and none at the root', async () => {
    const call = (path: string, method: string) => fetch(`${world.url}${path}`, { method })
    const refused = await call('/api/v1/receivers/stripe', 'GET')
    assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'POST, OPTIONS'])
    assert.equal((await call('/api/v1/receivers/stripe', 'OPTIONS')).status, 204)
    // As any other path it may end in a slash.
    assert.equal((await call('/api/v1/receivers/stripe/', 'POST')).status, 401)
    for (const path of [
      '/receivers/stripe',
      '/api/v1/receivers/closed',
      '/api/v1/receivers',
      '/api/v1/receivers/__proto__'
    ])
      // prettier-ignore
      assert.equal((await call(path, 'POST')).status, 404, path)
    const { paths } = (await (await call('/openapi.json', 'GET')).json()) as any
    assert.deepEqual(Object.keys(paths).filter((path) => path.includes('/receivers')).sort(), KINDS.map((name) => `/receivers/${name}`)) // prettier-ignore
    const { post } = paths['/receivers/standard']
    assert.deepEqual(post.parameters.map(({ name }: { name: string }) => name), ['webhook-id', 'webhook-timestamp', 'webhook-signature']) // prettier-ignore
    for (const status of ['202', '400', '401', '413', '429']) assert.ok(status in post.responses, status)
    assert.doesNotMatch(JSON.stringify(paths), new RegExp(Object.values(SECRETS).join('|')))
  })

  it('are known to administrators alone', async () => {
    for (const [who, status] of [['owner', 403], ['manager', 403], ['anonymous', 401]] as const)
      assert.equal((await world.as(who).get('/received-webhooks')).status, status, who) // prettier-ignore
    const { body } = await world.as('admin').get('/received-webhooks?receiver=stripe&event_id=evt_crowd')
    assert.equal(body.total, 1)
    assert.equal((await world.as('admin').post('/received-webhooks', { receiver: 'stripe' })).status, 405)
  })

  it('are counted for the address that they come from', async () => {
    const limited = await openStage({ ...options, config: { ...options.config, rate_limit: { requests: 3, window: 60 } } }) // prettier-ignore
    const body = bodyOf('counted')
    const answers = []
    for (let n = 0; n < 4; n++) answers.push(await deliver(limited, 'stripe', body, signed.stripe(body)))
    assert.deepEqual(answers.map(({ status }) => status), [202, 202, 202, 429]) // prettier-ignore
    assert.ok(Number(answers[3]!.headers.get('retry-after')) > 0)
    await limited.close()
  })

  it('refuse to start with a weak secret, with a job that nobody runs, or listed twice', async () => {
    for (const scheme of KINDS) {
      const config = { receivers: { [scheme]: { secrets: ['short'] } } } as never
      assert.throws(() => createApp({ ...options, config }), (error: Error) => {
        assert.match(error.message, new RegExp(`receivers\\.${scheme}\\.secrets\\[0\\] (has fewer than 16|is not whsec_ and 24 to 64)`))
        return !error.message.includes('short')
      }) // prettier-ignore
    }
    const modules = [accounts, jobs([]), receivers([receiverOf('github')])]
    await assert.rejects(openStage({ resources: [parcels], modules }), /github enqueues note_parcel, which is not listed/) // prettier-ignore
    assert.throws(() => receivers([receiverOf('github'), receiverOf('github')]), /github is listed twice/)
    assert.throws(
      () => receiverOf('github', { scheme: 'gitlab' }),
      /scheme gitlab: use one of github, standard/
    )
    assert.throws(() => receiverOf('github', { tolerance: 0 }), /tolerance 0: give a whole number from 1 to/)
  })
})
