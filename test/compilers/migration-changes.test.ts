import assert from 'node:assert/strict'
import { planMigration } from '../../packages/rachis/src/database/migration'
import {
  belongsTo,
  computed,
  integer,
  nullable,
  oneOf,
  Type,
  unique,
  withDefault,
  writeOnly
} from '../../packages/rachis/src/declare'
import type { AnySpec } from '../../packages/rachis/src/declare/any-resource'
import { bare, plain, TRIGGER } from './bare'
import { tableOf } from './declared'

describe('migration', () => {
  describe('changes', () => {
    const alter = 'alter table "things"'
    const cases: [name: string, from: Partial<AnySpec>, to: Partial<AnySpec>, up: string[], down: string[]][] = [
      [
        'a new column',
        {},
        { fields: { a: nullable(plain) } },
        [`${alter} add column "a" text`],
        [`${alter} drop column "a"`]
      ],
      [
        'a new column with all that belongs to it, the column first',
        {},
        { fields: { a: unique(withDefault(oneOf('x', 'y'), 'x')) } },
        [
          `${alter} add column "a" text not null default 'x'`,
          `${alter} add constraint "things_a_key" unique ("a")`,
          `${alter} add constraint "things_a_check" check ("a" in ('x', 'y'))`
        ],
        [`${alter} drop constraint "things_a_check"`, `${alter} drop constraint "things_a_key"`, `${alter} drop column "a"`]
      ],
      [
        'a computed column after those that it is computed from',
        {},
        { fields: { twice: computed(integer(), '"once" * 2'), once: withDefault(integer(), 1) } },
        [
          `${alter} add column "once" integer not null default 1`,
          `${alter} add column "twice" integer generated always as ("once" * 2) stored not null`
        ],
        [`${alter} drop column "twice"`, `${alter} drop column "once"`]
      ],
      [
        'a default that changes',
        { fields: { a: withDefault(plain, 'x') } },
        { fields: { a: withDefault(plain, "y's") } },
        [`${alter} alter "a" set default 'y''s'`],
        [`${alter} alter "a" set default 'x'`]
      ],
      [
        'a default that comes',
        { fields: { a: plain } },
        { fields: { a: withDefault(plain, 'x') } },
        [`${alter} alter "a" set default 'x'`],
        [`${alter} alter "a" drop default`]
      ],
      [
        'a default that goes',
        { fields: { a: withDefault(plain, 'x') } },
        { fields: { a: plain } },
        [`${alter} alter "a" drop default`],
        [`${alter} alter "a" set default 'x'`]
      ],
      [
        'a column that may be null',
        { fields: { a: plain } },
        { fields: { a: nullable(plain) } },
        [`${alter} alter "a" drop not null`],
        [`${alter} alter "a" set not null`]
      ],
      [
        'a column that may no longer',
        { fields: { a: nullable(plain) } },
        { fields: { a: plain } },
        [`${alter} alter "a" set not null`],
        [`${alter} alter "a" drop not null`]
      ],
      [
        'a check that changes: the old one goes first',
        { fields: { a: oneOf('x') } },
        { fields: { a: oneOf('x', 'y') } },
        [
          `${alter} drop constraint "things_a_check"`,
          `${alter} add constraint "things_a_check" check ("a" in ('x', 'y'))`
        ],
        [
          `${alter} drop constraint "things_a_check"`,
          `${alter} add constraint "things_a_check" check ("a" in ('x'))`
        ]
      ],
      [
        'a check that goes',
        { fields: { a: oneOf('x') } },
        { fields: { a: plain } },
        [`${alter} drop constraint "things_a_check"`],
        [`${alter} add constraint "things_a_check" check ("a" in ('x'))`]
      ],
      [
        'an index that comes',
        { fields: { a: plain } },
        { fields: { a: plain }, indexes: ['a'] },
        ['create index "things_a_idx" on "things" ("a")'],
        ['drop index "things_a_idx"']
      ],
      [
        'an index that goes',
        { fields: { a: plain }, indexes: ['a'] },
        { fields: { a: plain } },
        ['drop index "things_a_idx"'],
        ['create index "things_a_idx" on "things" ("a")']
      ],
      [
        'a unique list',
        { fields: { a: plain, b: plain } },
        { fields: { a: plain, b: plain }, unique: [['a', 'b']] },
        [`${alter} add constraint "things_a_b_key" unique ("a", "b")`],
        [`${alter} drop constraint "things_a_b_key"`]
      ],
      [
        'what becomes of the children of a parent',
        { fields: { up: nullable(belongsTo('users')) }, indexes: ['up'] },
        { fields: { up: nullable(belongsTo('users', { on_delete: 'cascade' })) }, indexes: ['up'] },
        [
          `${alter} drop constraint "things_up_fkey"`,
          `${alter} add constraint "things_up_fkey" foreign key ("up") references "users" ("id") on delete cascade`
        ],
        [
          `${alter} drop constraint "things_up_fkey"`,
          `${alter} add constraint "things_up_fkey" foreign key ("up") references "users" ("id") on delete restrict`
        ]
      ],
      [
        'a foreign key that comes, with its index',
        { fields: { up: nullable(Type.Integer({ column: 'bigint' })) } },
        { fields: { up: nullable(belongsTo('users')) } },
        [
          `${alter} add constraint "things_up_fkey" foreign key ("up") references "users" ("id") on delete restrict`,
          'create index "things_up_idx" on "things" ("up")'
        ],
        ['drop index "things_up_idx"', `${alter} drop constraint "things_up_fkey"`]
      ],
      [
        'a field that becomes a secret: the feed leaves it out from now on',
        { fields: { a: plain } },
        { fields: { a: writeOnly(plain) } },
        ['drop trigger record_change on "things"', TRIGGER.replace(`'things')`, `'things', 'a')`)],
        ['drop trigger record_change on "things"', TRIGGER]
      ],
      [
        'soft delete',
        {},
        { soft_delete: true },
        [
          `${alter} add column "deleted_at" timestamptz(3)`,
          `${alter} add constraint "things_deleted_at_check" check ("deleted_at" >= '0001-01-01Z' and "deleted_at" < '10000-01-01Z')`
        ],
        [`${alter} drop constraint "things_deleted_at_check"`, `${alter} drop column "deleted_at"`]
      ]
    ] // prettier-ignore

    for (const [name, from, to, up, down] of cases)
      it(name, () => assert.deepEqual(planMigration([bare(from)], [bare(to)]), { up, down, refused: [] }))

    it('builds the indexes of a search anew where it reads other columns', () => {
      const searching = (name: string) => bare({ fields: { a: plain, b: plain }, search: [name] })
      const { up, down } = planMigration([searching('a')], [searching('b')])
      const steps = (statements: readonly string[]) =>
        statements.map((sql) => sql.replace(/(?<=add column).*"([ab])".*/, ' of $1').replace(/ using .*/, ''))
      assert.deepEqual(steps(up), [
        'drop index "things_search_trgm_idx"',
        'drop index "things_search_idx"',
        `${alter} drop column "_search", drop column "_search_text"`,
        `${alter} add column of b`,
        'create index "things_search_idx" on "things"',
        'create index "things_search_trgm_idx" on "things"'
      ])
      assert.deepEqual(
        steps(down),
        steps(up).map((sql) => sql.replace('of b', 'of a'))
      )
      assert.deepEqual(
        planMigration([searching('a')], [bare({ fields: { a: plain, b: plain } })]).refused,
        []
      )
    })

    it('lets a new table come before what refers to it, and go after', () => {
      const [old, next] = [bare({}), bare({ fields: { up: nullable(belongsTo('ups' as never)) } })]
      const { up, down } = planMigration([old], [next, bare({}, 'ups')])
      assert.ok(up[0]!.startsWith('create table "ups"'))
      assert.equal(down.at(-1), 'drop table "ups"')
      assert.ok(up.findIndex((sql) => sql.includes('references "ups"')) > 0)
    })

    it('adds the time columns with values for the rows that are there', () => {
      const { up, refused } = planMigration([bare({})], [tableOf({})])
      assert.deepEqual(refused, [])
      assert.equal(up[0], `${alter} add column "created_at" timestamptz(3) not null default now()`)
    })
  })
})
