import assert from 'node:assert/strict'
import { idIn } from '../../packages/rachis/src/testing/conformance/positions'
import { DEPTH } from '../helpers/depth'
import type { Json, Listener, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { randomDeclaration, randomGroups } from './declarations'
import { Deeds } from '../../packages/rachis/src/testing/conformance/deeds'
import { Dice, seeded } from '../../packages/rachis/src/testing/dice'
import { SEED } from '../../packages/rachis/src/testing/conformance/seed'
import type { Stage } from './stage'
import { openStage } from './stage'
import { SqlConnection } from '../../packages/rachis/src/testing/conformance/tables'
import type { Watcher } from '../../packages/rachis/src/testing/conformance/watcher'

const ROUNDS = 8 * DEPTH
/** After these whoever came with that token is nobody any more, on every process. */
const ENDING = ['a log-out', 'a log-out on the socket', 'an account switched off', 'sessions revoked by hand', 'sessions deleted by hand'] // prettier-ignore
const ROLES = ['user', 'manager', 'admin'] as const

/** Who may see what changes by who somebody is, by what they belong to, and by what a record belongs to. */

/** Signs in with new tokens until one arrives before it expires: on a busy machine two seconds may be over on the way. */
const signIn = async (world: World, socket: Listener, person: Person): Promise<void> => {
  for (;;) {
    const { token: accessToken } = await world.login(person)
    const late = await socket
      .call('create', 'authentication', { strategy: 'jwt', accessToken })
      .then(() => undefined)
      .catch(({ error }: Json) => error as Json)
    if (!late) return
    assert.equal(late.code, 'INVALID_TOKEN')
  }
}

describe('events where a token expires', () => {
  it('end, and the client is told to sign in anew and fetch', async () => {
    const world = await startWorld({ settings: { auth: { access_ttl: 2 } } })
    const owner = await world.register('owner')
    const socket = await world.socket()
    await signIn(world, socket, owner)
    await socket.event('token_expired')
    await world.sql(`insert into tasks (title, user_id) values ('Mine', ${owner.id})`)
    await world.settled()
    assert.equal((await socket.refusal('find', 'tasks')).error.code, 'INVALID_TOKEN')
    assert.ok(!socket.events.some(({ name }) => name.startsWith('tasks')))
    await world.close()
  })
})

describe('a change of rights that is too much to tell', () => {
  it('says so of that list alone, and goes on with what happens', async () => {
    const world = await startWorld()
    const owner = await world.register('owner')
    await world.sql(`insert into products (name, sku, price, is_active) select 'Hidden', 'SKU-' || n, 1, false from generate_series(1, 1001) n`) // prettier-ignore
    await world.settled()
    const client = await world.client(owner)
    const products = client.service('products')
    const reset = new Promise<unknown[]>((resolve) => products.on('reset', (...given: unknown[]) => resolve(given))) // prettier-ignore
    const events: string[] = []
    for (const event of ['created', 'patched', 'removed']) products.on(event, ({ id }: { id: number }) => events.push(`${event} ${id}`)) // prettier-ignore
    await world.sql(`update users set role = 'manager' where id = ${owner.id}`)
    const [data, meta] = (await reset) as [object, { position: string }]
    assert.deepEqual(data, {})
    assert.ok(idIn(meta.position) > 0)
    const { total } = await products.find({ query: { $limit: 0 } })
    assert.equal(total, 1001)
    const removed = new Promise((resolve) => products.on('removed', resolve))
    await world.sql(`delete from products where sku = 'SKU-7'`)
    await removed
    assert.deepEqual(events, ['removed 7'])
    await world.close()
  })
})

describe('events where rights change', () => {
  let stage: Stage
  let other: SqlConnection
  before(async () => {
    const dice = new Dice(SEED)
    const extra = [...randomGroups(dice), randomDeclaration('random_one', dice)]
    const watched = new Set(['tasks', 'products', ...extra.map(({ name }) => name)])
    stage = await openStage(extra, dice, 8, watched)
    await stage.watchAll()
    other = await SqlConnection.to(stage.worlds[0].database)
  })
  after(async () => {
    await other.end()
    await stage.close()
  })

  const signIn = async (watcher: Watcher) => {
    const [world] = stage.worlds
    await stage.hand.sql('update users set is_active = true where id = $1', [watcher.person.id])
    const person = await world.login(watcher.person)
    await watcher.socket.call('create', 'authentication', { strategy: 'jwt', accessToken: person.token })
    watcher.person = person
    await stage.begin()
  }

  const changes: Record<string, (dice: Dice, who: Watcher, admin: Person) => Promise<unknown>> = {
    'a role by the admin': (dice, { person }, admin) =>
      stage.worlds[0].rest(admin, 'PATCH', `/users/${person.id}`, { body: { role: dice.pick(ROLES) } }),
    'a role by hand': (dice, { person }) =>
      stage.hand.sql('update users set role = $2 where id = $1', [person.id, dice.pick(ROLES)]),
    'every role by hand': () =>
      stage.hand.sql(`update users set role = case role when 'user' then 'manager' else 'user' end where role <> 'admin'`), // prettier-ignore
    'a group by hand': (dice, { person }) =>
      stage.hand.sql('update random_groups set manager_id = case when $2 then $1::bigint end where random() < 0.5', [person.id, dice.chance(0.6)]), // prettier-ignore
    'joined rows by hand': (dice, { person }) =>
      stage.hand.sql('update random_members set user_id = $1, is_active = $2, rank = $3 where random() < 0.3', [person.id, dice.chance(0.7), dice.pick(['lead', 'member'])]), // prettier-ignore
    'a log-out': (_dice, { person }) => stage.worlds[1].rest(person, 'POST', '/auth/logout', { body: {} }),
    'a log-out on the socket': (_dice, { socket }) => socket.call('remove', 'authentication', null).catch(() => undefined), // prettier-ignore
    'an account switched off': (_dice, { person }, admin) =>
      stage.worlds[1].rest(admin, 'PATCH', `/users/${person.id}`, { body: { is_active: false } }),
    'sessions revoked by hand': (_dice, { person }) =>
      stage.hand.sql('update sessions set revoked_at = now() where user_id = $1', [person.id]),
    'sessions deleted by hand': (_dice, { person }) =>
      stage.hand.sql('delete from sessions where user_id = $1', [person.id])
  }

  it('still make of what was found what a find gives now', async function () {
    this.timeout(60_000)
    await seeded(SEED, async (dice, log) => {
      const deeds = new Deeds(stage, dice, log)
      const admin = stage.cast.admin as Person
      const others = stage.watchers.filter(({ name }) => !['anonymous', 'admin'].includes(name))
      for (let round = 0; round < ROUNDS; round++) {
        const who = dice.pick(others)
        const name = dice.pick(Object.keys(changes))
        const isAlone = dice.chance(0.5)
        log.push(`${name}: ${who.name}${isAlone ? '' : ', and more at the same time'}`)
        const change = changes[name]!(dice, who, admin)
        await Promise.all(isAlone ? [change] : [deeds.call(), change, deeds.call(), deeds.sql(other)])
        await stage.agree({ rightsChanged: true })
        const ended = stage.watchers.filter(
          ({ person }) => ENDING.includes(name) && person.token === who.person.token
        )
        for (const one of ended) assert.equal(await one.isSignedIn(), false, `${one.name} after ${name}`)
        if (dice.chance(0.3)) await deeds.interleaved(other)
        else await Promise.all([deeds.call(), deeds.sql(), deeds.sql(other)])
        await stage.agree({ rightsChanged: true })
        for (const one of others) if (!(await one.isSignedIn()) && dice.chance(0.7)) await signIn(one)
      }
    })
  })
})
