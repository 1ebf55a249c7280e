import assert from 'node:assert/strict'
import type { Answer, Json, Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'

export const APP = 'https://app.example.com'
export const EVIL = 'https://evil.example.com'
export const NAMES = ['__Host-access_token', '__Host-refresh_token', '__Host-csrf_token']

/** A browser's tab with its cookies: what it sends of itself, its script cannot change. */
export class Tab {
  readonly cookies = new Map<string, string>()
  csrf?: string

  constructor(
    readonly world: World,
    readonly origin: string | null = APP
  ) {}

  get header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {}
  ): Promise<Answer> {
    const answer = await this.world.rest(anonymous, method, path, {
      body,
      headers: {
        ...(this.cookies.size > 0 ? { Cookie: this.header } : {}),
        ...(this.origin && method !== 'GET' ? { Origin: this.origin } : {}),
        ...(this.csrf ? { 'X-CSRF-Token': this.csrf } : {}),
        ...headers
      }
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value) this.cookies.set(name, value)
      else this.cookies.delete(name)
    }

    return answer
  }

  async login(email: string): Promise<Json> {
    const { status, body } = await this.call('POST', '/auth/login', { email, password: PASSWORD })
    assert.equal(status, 200, JSON.stringify(body))
    this.csrf = body.csrf_token

    return body
  }
}

/** Of the tests that run. */
export let world: World
export let owner: Person

export const signedIn = async (email = owner.email!): Promise<Tab> => {
  const tab = new Tab(world)
  await tab.login(email)

  return tab
}
export const account = async (name: string) => {
  const email = `${name}@example.com`
  await world.app.service('users').create({ email, username: name, password: PASSWORD } as never)

  return email
}
export const tasks = async () => (await world.sql('select count(*)::int as n from tasks'))[0]!.n as number
export const lastEvent = async () =>
  (await world.sql('select * from security_events order by id desc limit 1'))[0]!

/** Starts a world with cookies before the tests of a file, and closes it after them. */
export const withCookies = () => {
  before(async () => {
    const settings = {
      auth: { cookies: { enabled: true, same_site: 'strict' as const } },
      allowed_origins: [APP]
    }
    world = await startWorld({ settings })
    owner = (await world.app
      .service('users')
      .create({ email: 'owner@example.com', username: 'owner', password: PASSWORD } as never)) as never
  })
  after(() => world?.close())
}
