import {
  $user,
  asParent,
  authenticated,
  belongsTo,
  boolean,
  defineResource,
  nullable,
  owner,
  state,
  text,
  Type,
  withDefault
} from '../../packages/rachis/src/declare'
import type { ActionContext, AnyResource } from '../../packages/rachis/src/declare'
import type { Json } from '../helpers/world'

/** Resources that refer to boards, by every way in which a client may name one. */
const boards = defineResource('boards', {
  soft_delete: true,
  fields: { name: text(), is_open: withDefault(boolean(), false), user_id: owner('users') },
  access: {
    read: [{ user_id: $user.id }, { is_open: true }],
    create: authenticated,
    update: { user_id: $user.id },
    remove: { user_id: $user.id }
  }
})
const onBoard = () => belongsTo('boards' as never, { on_delete: 'cascade' })
export const create = (data: object, { app, asCaller }: Pick<ActionContext<unknown>, 'app' | 'asCaller'>) =>
  (app.service('notes' as never) as { create(data: object, params: object): Promise<Json> }).create(
    data,
    asCaller
  )

const notes = defineResource('notes', {
  fields: {
    title: text(),
    board_id: onBoard(),
    other_id: nullable(onBoard()),
    any_id: nullable(belongsTo('boards' as never, { on_delete: 'set null', allow_unreadable: true })),
    status: state('open', 'done'),
    user_id: owner('users')
  },
  access: {
    read: [{ user_id: $user.id }, { board_id: asParent }],
    create: authenticated,
    update: { user_id: $user.id }
  },
  states: {
    field: 'status',
    transitions: { finish: { from: 'open', to: 'done', access: { user_id: $user.id } } }
  },
  actions: {
    move: {
      input: Type.Object({ board_id: onBoard() }, { additionalProperties: false }),
      access: { user_id: $user.id },
      run: ({ board_id }, { table, record }) => table().where({ id: record.id }).update({ board_id })
    },
    combine: {
      on: 'collection',
      // Type.Intersect of objects makes one object of them.
      input: Type.Unsafe<Json>({ type: 'object', allOf: [Type.Object({ title: text() }), Type.Object({ board_id: onBoard() })] }), // prettier-ignore
      output: Type.Object({}),
      access: authenticated,
      run: async () => ({})
    },
    place: {
      on: 'collection',
      input: Type.Object({
        pair: Type.Optional(Type.Tuple([text(), onBoard()])),
        by_name: Type.Optional(Type.Record(Type.String(), onBoard()))
      }),
      output: Type.Object({}),
      access: authenticated,
      run: async () => ({})
    },
    spread: {
      on: 'collection',
      input: Type.Object({ items: Type.Array(Type.Object({ board_id: onBoard() })) }),
      output: Type.Object({ items: Type.Integer() }),
      access: authenticated,
      run: async ({ items }: Json) => ({ items: items.length })
    },
    copy: {
      input: Type.Object({ to: Type.Integer() }),
      output: Type.Object({ id: Type.Integer() }),
      access: { user_id: $user.id },
      run: async ({ to }, context) =>
        create({ title: 'A copy', board_id: to }, context as ActionContext<unknown>)
    }
  }
})
const cards = defineResource('cards', {
  fields: { title: text(), board_id: onBoard() },
  access: { read: { board_id: asParent }, create: authenticated },
  hooks: {
    before: {
      create: [
        async ({ data, app }: Json) => {
          const knex = app.get('postgresqlClient')
          const board = await knex('boards').where({ id: data.board_id }).first()
          if (data.title === 'Tell') throw new Error(`The board is called ${board.name}`)
          if (data.title === 'Close')
            await knex('boards').where({ id: data.board_id }).update({ is_open: false })
        }
      ]
    }
  }
})
const pins = defineResource('pins', {
  fields: { board_id: onBoard(), user_id: owner('users') },
  access: { read: { user_id: $user.id }, create: authenticated },
  create: {
    input: Type.Object({ board_id: onBoard() }, { additionalProperties: false }),
    run: async ({ board_id }, { table, user }) =>
      (await table().insert({ board_id, user_id: user!.id }).returning('id'))[0]
  }
})
export const RESOURCES = [boards, notes, cards, pins] as unknown as AnyResource[]
