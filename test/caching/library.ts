import {
  $user,
  anyone,
  asParent,
  authenticated,
  belongsTo,
  boolean,
  defineResource,
  integer,
  nullable,
  owner,
  role,
  text,
  Type,
  withDefault
} from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'

const admin = role('admin')

/** Holds up a report once it has read, so that a test can do something meanwhile. */
export class Gate {
  runs = 0
  private isClosed = false
  private open: () => void = () => undefined
  private opened: Promise<void> = Promise.resolve()
  private noteEntered: () => void = () => undefined
  entered: Promise<void> = Promise.resolve()

  close() {
    this.isClosed = true
    this.opened = new Promise((resolve) => (this.open = resolve))
    this.entered = new Promise((resolve) => (this.noteEntered = resolve))
  }

  release() {
    this.isClosed = false
    this.open()
  }

  async pass() {
    this.runs++
    this.noteEntered()
    if (this.isClosed) await this.opened
  }
}

/** Declarations that say how long their answers may be used again, with a report that waits at the gate. */
export const library = (gate: Gate): AnyResource[] => {
  const shelves = defineResource('shelves', {
    fields: { name: text({ maxLength: 40 }), is_open: withDefault(boolean(), true), user_id: owner('users') },
    access: {
      read: [{ is_open: true }, { user_id: $user.id }, admin],
      create: authenticated,
      update: [{ user_id: $user.id }, admin],
      remove: [{ user_id: $user.id }, admin]
    },
    relations: { books: { many: 'books', by: 'shelf_id' } },
    indexes: ['name', 'is_open'],
    cache: { public: 60, private: 10, server: 300 },
    limits: { rate: { operations: { rated: { requests: 2, window: 3600 } } } },
    reports: {
      rated: {
        input: Type.Object({}, { additionalProperties: false }),
        output: Type.Object({}),
        access: anyone,
        run: () => Promise.resolve({})
      },
      sum: {
        summary: 'How many open shelves there are',
        input: Type.Object({ by: Type.Optional(Type.String()) }, { additionalProperties: false }),
        output: Type.Object({ shelves: Type.Integer() }),
        access: anyone,
        run: async ({ by }, { knex }) => {
          const { rows } = await knex.raw('select count(*)::int as shelves from shelves where is_open')
          await gate.pass()
          if (by === 'failure') throw new Error('the report fails')
          return rows[0] as object
        }
      }
    }
  })
  /** Is read as its shelf is. */
  const books = defineResource('books', {
    fields: {
      title: text({ maxLength: 40 }),
      pages: withDefault(integer(), 1),
      secret: nullable(integer()),
      shelf_id: belongsTo('shelves')
    },
    access: {
      read: { shelf_id: asParent },
      create: { ...authenticated, shelf_id: asParent },
      update: admin,
      remove: admin,
      fields: { secret: { read: admin } }
    },
    relations: { shelf: { one: 'shelf_id' } },
    indexes: ['pages'],
    cache: { server: 300 }
  })
  /** Only for browsers and proxies. */
  const notices = defineResource('notices', {
    fields: { line: text({ maxLength: 40 }) },
    access: { read: anyone, create: authenticated },
    cache: { public: 30 }
  })

  /** Everybody reads them; filters may follow them to their shelves. */
  const labels = defineResource('labels', {
    fields: {
      line: text({ maxLength: 40 }),
      shelf_id: nullable(belongsTo('shelves', { on_delete: 'set null' }))
    },
    access: { read: anyone, create: authenticated },
    relations: { shelf: { one: 'shelf_id' } },
    cache: { server: 300 }
  })

  return [shelves, books, notices, labels] as unknown as AnyResource[]
}

declare module '../../packages/rachis/src/declare/declarations' {
  interface ServiceTypes {
    shelves: object
    books: object
    notices: object
    labels: object
  }
}
