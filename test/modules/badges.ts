import type { Identity, Module, ModuleContext, Principal, SettingsDeclaration } from 'rachis'
import {
  ApiError,
  authenticated,
  defineErrors,
  defineResource,
  defineSettings,
  oneOf,
  role,
  text,
  Type,
  unique
} from 'rachis'

/**
 * A module as somebody outside would write it, with nothing but what the package exports: people carry badges, and a call names one in
 * the header X-Badge.
 */
export const errors = defineErrors({
  BADGE_UNKNOWN: { status: 401, message: 'Nobody carries this badge', hint: 'Ask at the gate for another' },
  GATE_CLOSED: { status: 403, message: 'The gate is closed', hint: 'Come back tomorrow' }
})

const schema = Type.Object({ badges: Type.Object({ warden: Type.String({ minLength: 1 }) }) })
const settings: SettingsDeclaration = defineSettings({ schema, defaults: { badges: { warden: 'w-1' } } })
declare module 'rachis' {
  interface Settings {
    badges: { warden: string }
  }
}

const users = defineResource('users', {
  fields: {
    username: unique(text({ maxLength: 50 })),
    email: text({ maxLength: 100 }),
    role: oneOf('user', 'admin'),
    badge: unique(text({ maxLength: 50 }))
  },
  access: {
    read: authenticated,
    create: role('admin'),
    update: role('admin'),
    remove: role('admin'),
    fields: { badge: { read: role('admin') } }
  }
})

type Row = Principal & { readonly badge: string }
interface BadgeCredential {
  readonly strategy: 'badge'
  readonly badge: string
}

const ownerOf = async ({ knex }: ModuleContext, badge: string): Promise<Principal> => {
  const row = await knex<Row>('users').where('badge', badge).first('id', 'username', 'email', 'role')
  if (!row) throw new ApiError(errors.BADGE_UNKNOWN)

  return { ...row, id: Number(row.id), mfa: false } as Principal
}

const identityFor = (context: ModuleContext): Identity => ({
  usesCookies: false,
  expiryWarning: 0,
  async parse({ headers }) {
    const badge = headers['x-badge']
    return typeof badge === 'string' ? ({ strategy: 'badge', badge } satisfies BadgeCredential) : null
  },
  authenticate: (credential) => ownerOf(context, (credential as BadgeCredential).badge),
  async connect(connection, credential) {
    const user = await ownerOf(context, (credential as BadgeCredential).badge)
    Object.assign(connection, { authentication: credential, user })
  },
  credentialOf(credential) {
    const { badge = '' } = (credential ?? {}) as Partial<BadgeCredential>
    return { name: badge, record: `badges/${badge}` }
  },
  changedRecord: ({ resource, before }) =>
    resource === 'users' && before ? `badges/${String(before.badge)}` : undefined,
  operationOf: () => undefined
})

/** What the consumer of the module was told of. */
export const seen: string[] = []

export const badges: Module = {
  name: 'badges',
  resources: [users],
  settings,
  errors,
  paths: { gate: {} },
  schemes: {
    badge: { openapi: { type: 'apiKey', in: 'header', name: 'X-Badge' }, challenge: 'X-Badge' }
  },
  hints: { NOT_AUTHENTICATED: 'Show your badge in the header X-Badge' },
  links: { gate: '/gate' },
  // No strategy of another module is taken.
  identity: (context) => ({ ...identityFor(context), register: () => undefined }),
  middleware: () => ({
    beforeBody: [
      async (ctx, next) => void (ctx.path === '/gate' ? (ctx.body = { open: true }) : await next())
    ],
    aroundCalls: [async (ctx, next) => void (await next(), ctx.set('X-Gate', 'north'))]
  }),
  guards: () => ({
    'parcels.create': async ({ data }, next) => {
      if ((data as { title?: string }).title === 'bomb')
        throw new ApiError(errors.GATE_CLOSED, { field: 'title' })
      await next()
    }
  }),
  consumers: () => [
    {
      name: 'badge-log',
      delivery: 'live',
      order: 'after events',
      consume: (changes) => void seen.push(...changes.map(({ resource, event }) => `${resource} ${event}`))
    }
  ],
  async seed({ knex, app }) {
    const { warden } = app.get('badges')
    await knex('users').insert({
      username: 'warden',
      email: 'warden@example.com',
      role: 'admin',
      badge: warden
    })
  },
  documents: () => ({
    paths: {
      '/gate': {
        get: {
          operationId: 'gate',
          tags: ['gate'],
          summary: 'Whether the gate is open',
          responses: { 200: { description: 'Open or not' } }
        }
      }
    },
    tags: [{ name: 'gate' }],
    description: 'Show your badge in the header `X-Badge`.'
  })
}
