import assert from 'node:assert/strict'
import { Type } from '@feathersjs/typebox'
import type { Static } from '@feathersjs/typebox'
import { run } from '../../packages/rachis/src/cli'
import { anyone, defineResource, text } from '../../packages/rachis/src/declare'
import { defineErrors } from '../../packages/rachis/src/errors/define-errors'
import { ApiError } from '../../packages/rachis/src/errors/errors'
import type { Module } from '../../packages/rachis/src/module'
import { createApp } from '../../packages/rachis/src/create-app'
import { defineSettings } from '../../packages/rachis/src/settings/declaration'
import type { Json, World } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { assertRefused } from '../input/contract'
import { openStage } from './stage'

const letters = defineResource('letters', {
  fields: { title: text() },
  access: { read: anyone, create: anyone }
})
const schema = Type.Object({ post: Type.Object({ most_stamps: Type.Integer({ minimum: 1 }) }) })
const settings = defineSettings({
  schema,
  defaults: { post: { most_stamps: 3 } },
  variables: { post: { most_stamps: 'MOST_STAMPS' } },
  problems: ({ post }) => (post.most_stamps === 13 ? ['post.most_stamps is 13; set MOST_STAMPS to 12'] : [])
})
type PostSettings = Static<typeof schema>
declare module '../../packages/rachis/src/declare/declarations' {
  interface Settings extends PostSettings {}
}

const errors = defineErrors({
  TOO_HEAVY: { status: 409, message: 'The letter is too heavy', hint: 'Send a parcel' }
})

/** What ran, in the order in which it ran. */
const ran: string[] = []
const told = (part: string) => void ran.push(part)

/** A module with every part but those that belong to who calls. */
const post: Module = {
  name: 'post',
  resources: [letters],
  settings,
  errors,
  prepare: () => told('prepare'),
  middleware() {
    told('middleware')
    return {
      beforeBody: [async (ctx, next) => void (ctx.path === '/stamp' ? (ctx.body = { stamped: true }) : await next())],
      aroundCalls: [async (ctx, next) => void (await next(), ctx.set('X-Post', 'sorted'))]
    }
  },
  guards() {
    told('guards')
    return {
      'letters.create': async ({ data }, next) => {
        if ((data as Json).title === 'bomb') throw new ApiError('FORBIDDEN')
        if ((data as Json).title === 'brick') throw new ApiError(errors.TOO_HEAVY, { field: 'title' })
        await next()
      }
    }
  },
  consumers() {
    told('consumers')
    const reader = (order: 'before events' | 'after events') => ({
      name: order,
      delivery: 'live' as const,
      order,
      consume: (changes: readonly { record_id: string }[]) => told(`${order}: ${changes.length}`)
    })
    return [reader('after events'), reader('before events')]
  },
  seed: async ({ app }) => {
    told('seed')
    await app.service('letters' as never as 'users').create({ title: 'Welcome' } as never)
  },
  open: async () => told('open'),
  documents: () => ({
    paths: {
      '/stamp': {
        get: { operationId: 'stamp', tags: ['post'], summary: 'Stamps', responses: { 200: { description: 'Stamped' } } }
      }
    },
    tags: [{ name: 'post' }]
  }),
  close: async () => told('close'),
  cli: { stamps: async (project, args) => told(`stamps ${args.join()} ${(await project.createApp()).get('post').most_stamps}`) }
} // prettier-ignore

describe('the parts of a module', () => {
  let world: World
  before(async () => {
    world = await openStage({ resources: [], modules: [post], seed: async () => told('own seed') })
  })
  after(async () => {
    await world.close()
    assert.equal(ran.at(-1), 'close')
  })

  it('run in the order that the type describes', () => {
    const started = ran.filter((part) => !part.includes('events'))
    assert.deepEqual(started, ['prepare', 'middleware', 'guards', 'consumers', 'own seed', 'seed', 'open'])
  })

  it('serve its declarations, behind its guards and middleware', async () => {
    const { status, headers, body } = await world.rest(anonymous, 'GET', '/letters')
    assert.deepEqual([status, headers.get('X-Post')], [200, 'sorted'])
    assert.deepEqual(
      body.data.map(({ title }: Json) => title),
      ['Welcome']
    )
    const refused = await world.rest(anonymous, 'POST', '/letters', { body: { title: 'bomb' } })
    assertRefused(refused, { code: 'FORBIDDEN' })
    assert.deepEqual((await world.rest(anonymous, 'GET', '/stamp')).body, { stamped: true })
    const document = (await (await fetch(`${world.url}/openapi.json`)).json()) as { paths: Json }
    assert.equal(document.paths['/stamp'].get.operationId, 'stamp')
  })

  it('hear of each change once, before and after its event', async () => {
    await world.settled()
    ran.length = 0
    await world.rest(anonymous, 'POST', '/letters', { body: { title: 'Hello' } })
    await world.settled()
    assert.deepEqual(ran, ['before events: 1', 'after events: 1'])
  })

  it('have errors of their own, on REST, on sockets and in the document', async () => {
    const { status, body } = await world.rest(anonymous, 'POST', '/letters', { body: { title: 'brick' } })
    const { code, field, message, hint } = body.error
    assert.deepEqual([status, body.name, code, field, message, hint], [409, 'Conflict', 'TOO_HEAVY', 'title', 'The letter is too heavy', 'Send a parcel']) // prettier-ignore
    const listener = await world.socket()
    assert.equal((await listener.refusal('create', 'letters', { title: 'brick' })).error.code, 'TOO_HEAVY')
    const { components } = (await (await fetch(`${world.url}/openapi.json`)).json()) as Json
    assert.ok(components.schemas.Error.properties.error.properties.code.enum.includes('TOO_HEAVY'))
    assert.equal(components.responses.Conflict.content['application/json'].examples.TOO_HEAVY.value.code, 409)
  })

  it('cannot have errors of another code, or of a status that no client expects', () => {
    const twice = { resources: [], modules: [post], errors }
    assert.throws(() => createApp(twice), /The error TOO_HEAVY is defined twice/)
    const wrong = { message: 'No', hint: 'No' }
    assert.throws(
      () => defineErrors({ TEAPOT: { ...wrong, status: 418 } }),
      /TEAPOT has the status 418; use one of 400/
    )
    assert.throws(
      () => defineErrors({ tooHeavy: { ...wrong, status: 409 } }),
      /tooHeavy is not written like OUT_OF_RANGE/
    )
    const taken = defineErrors({ DUPLICATE: { ...wrong, status: 409 } })
    assert.throws(() => createApp({ resources: [], errors: taken }), /The error DUPLICATE is defined twice/)
  })

  it('have settings with defaults, variables and sentences of their own', async () => {
    assert.equal(world.app.get('post').most_stamps, 3)
    const start = (most_stamps: number) =>
      createApp({ resources: [], modules: [post], config: { post: { most_stamps } } })
    assert.throws(() => start(0), /post\.most_stamps must be >= 1, but is 0; set MOST_STAMPS$/)
    assert.throws(() => start(13), /post\.most_stamps is 13; set MOST_STAMPS to 12$/)
    process.env.MOST_STAMPS = '7'
    try {
      assert.equal(createApp({ resources: [], modules: [post] }).get('post').most_stamps, 7)
    } finally {
      delete process.env.MOST_STAMPS
    }
  })

  it('cannot be listed twice, and two of them cannot declare one setting', () => {
    assert.throws(
      () => createApp({ resources: [], modules: [post, post] }),
      /The module post is listed twice/
    )
    const other = { ...post, name: 'other' }
    assert.throws(
      () => createApp({ resources: [], modules: [post, other] }),
      /The setting post is declared twice/
    )
  })

  it('add commands', async () => {
    const project = {
      root: process.cwd(),
      load: async () => ({
        app: world.app,
        createApp: (options = {}) => createApp({ resources: [], modules: [post], ...options })
      }),
      loadResources: async () => ({ resources: [], modules: [post] })
    }
    await run(project, ['stamps', 'red', 'blue'])
    assert.equal(ran.at(-1), 'stamps red,blue 3')
  })
})
