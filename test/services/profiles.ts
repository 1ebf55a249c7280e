import {
  $user,
  anyone,
  authenticated,
  belongsTo,
  boolean,
  defineResource,
  integer,
  json,
  nullable,
  oneOf,
  owner,
  role,
  text,
  Type,
  unique,
  withDefault
} from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { World } from '../helpers/world'

const admin = role('admin')
const self = { user_id: $user.id }
/** Memberships of resources of a test are not in the types. */
const ofMyTeams = { team_id: { $in: { $user: 'profile_team_ids' } as never } }
const mine = { read: [self, admin] }

/** Everybody sees a person's name; only they and administrators what else there is, or others too where they say so. */
export const profiles = defineResource('profiles', {
  audited: { days: 30 },
  fields: {
    name: text({ maxLength: 40 }),
    email: unique(text({ maxLength: 100 })),
    phone: nullable(text({ maxLength: 40 })),
    shows_phone: withDefault(boolean(), false),
    mood: nullable(oneOf('low', 'fine', 'high')),
    stars: nullable(integer({ minimum: 0, maximum: 5 })),
    details: withDefault(json(), {}),
    mentor_id: nullable(belongsTo('profiles' as never, { on_delete: 'set null' })),
    user_id: owner('users')
  },
  access: {
    read: anyone,
    create: authenticated,
    update: [self, admin],
    remove: [self, admin],
    fields: {
      email: mine,
      phone: { read: [{ shows_phone: true }, self, admin] },
      mood: mine,
      stars: { read: [{ stars: { $gte: 3 } }, self, admin] },
      details: mine,
      mentor_id: mine
    }
  },
  search: ['name', 'email', 'phone'],
  relations: {
    mentor: { one: 'mentor_id' },
    pupils: { many: 'profiles' as never, by: 'mentor_id' },
    posts: { many: 'profile_posts' as never, by: 'profile_id' }
  },
  reports: {
    reach: {
      input: Type.Object({}),
      output: Type.Object({ emails: Type.Integer(), longest: nullable(integer()) }),
      access: anyone,
      run: async (_input, { knex, readable }) => {
        const { rows } = await knex.raw(
          'select count(p.email)::int as emails, max(length(p.email)) as longest from ? as p',
          [readable('profiles' as never)]
        )
        return rows[0]
      }
    }
  }
})

/** What people write; who reads the text of a draft is its writer, and who edits its rank depends on its state. */
export const posts = defineResource('profile_posts', {
  path: 'profile-posts',
  fields: {
    title: text({ maxLength: 40 }),
    body: nullable(text({ maxLength: 200 })),
    is_draft: withDefault(boolean(), true),
    rank: withDefault(integer({ minimum: 0 }), 0),
    note: nullable(text({ maxLength: 40 })),
    score: nullable(integer()),
    plan: nullable(text({ maxLength: 40 })),
    team_id: nullable(belongsTo('profile_teams' as never, { on_delete: 'set null', allow_unreadable: true })),
    profile_id: nullable(belongsTo('profiles' as never, { on_delete: 'set null', allow_unreadable: true })),
    room_id: nullable(belongsTo('profile_rooms' as never, { on_delete: 'set null' })),
    user_id: owner('users')
  },
  access: {
    read: anyone,
    create: authenticated,
    update: authenticated,
    remove: admin,
    fields: {
      body: { read: [{ is_draft: false }, self] },
      rank: { write: [{ ...self, is_draft: true }, admin] },
      note: { read: [self, admin], write: self },
      plan: { read: [self, ofMyTeams] },
      score: { read: [self, admin], write: admin },
      profile_id: { read: [{ is_draft: false }, self] },
      room_id: { read: [{ is_draft: false }, self] }
    }
  },
  relations: { profile: { one: 'profile_id' } }
})

/** Nobody but its owner knows of a room. */
export const rooms = defineResource('profile_rooms', {
  path: 'profile-rooms',
  fields: { title: text(), user_id: owner('users') },
  access: { read: self, create: authenticated }
})

/** Who leads a team sees the plans of its posts. */
export const teams = defineResource('profile_teams', {
  path: 'profile-teams',
  members: { profile_team_ids: 'lead_id' },
  fields: { title: text(), lead_id: nullable(belongsTo('users', { on_delete: 'set null' })) },
  access: { read: anyone, create: admin, update: admin }
})

export const RESOURCES = [profiles, posts, rooms, teams] as unknown as AnyResource[]

export type Cast = Awaited<ReturnType<World['cast']>>

/** Makes a record in somebody's name. */
export const maker =
  (world: World) =>
  async (person: { readonly token?: string; readonly name: string }, path: string, body: object) => {
    const answer = await world.rest(person, 'POST', path, { body })
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))

    return answer.body as { id: number } & Record<string, unknown>
  }
