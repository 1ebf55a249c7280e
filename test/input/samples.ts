import type { World } from '../helpers/world'
import {
  anyone,
  belongsTo,
  boolean,
  defineResource,
  integer,
  json,
  money,
  nullable,
  oneOf,
  role,
  text,
  timestamp,
  Type,
  textArray
} from '../../packages/rachis/src/declare'

const admin = role('admin')

/** A field of every type, so that queries meet each of them. */
export const samples = defineResource('samples', {
  fields: {
    name: text({ maxLength: 100 }),
    note: nullable(text()),
    kind: oneOf('small', 'large', 'odd'),
    size: integer(),
    rank: nullable(integer()),
    weight: Type.Number(),
    price: money(),
    is_on: boolean(),
    at: nullable(timestamp()),
    day: nullable(Type.String({ format: 'date' })),
    token: nullable(Type.String({ format: 'uuid' })),
    data: json(),
    tags: textArray(),
    owner_id: nullable(belongsTo('users', { on_delete: 'set null' })),
    secret: nullable(text())
  },
  access: {
    read: anyone,
    create: admin,
    update: admin,
    remove: admin,
    fields: { secret: { read: admin, write: admin } }
  }
})

export type Sample = Readonly<Record<string, any>>
const uuid = (digit: number) => `0192f0a0-0000-7000-8000-00000000000${digit}`
const sample = (n: number, fields: object): Sample => ({
  name: `sample ${n}`, note: null, kind: 'small', size: n, rank: null, weight: n / 4, price: n + 0.5, is_on: n % 2 === 0, at: null, day: null,
  token: null, data: {}, tags: [], owner_id: null, secret: 'hidden', ...fields
}) // prettier-ignore

/** Written so that each operator finds some of them and misses others. */
export const SAMPLES: readonly Sample[] = [
  sample(1, { name: 'amber', kind: 'odd', tags: ['new', 'a,b'], data: { color: 'red', box: { width: 5 } } }),
  sample(2, { name: 'beryl', rank: 7, at: '2026-01-31T12:00:00.000Z', day: '2026-01-31', token: uuid(2) }),
  sample(3, { name: 'coral', rank: 0, at: '2026-02-01T00:00:00.000Z', data: { color: 'blue', on: true } }),
  sample(4, { name: 'a,b', note: 'null', kind: 'large', price: 0, weight: -0.25, tags: ['new'] }),
  sample(5, {
    name: '100% pure',
    note: "o'hara",
    size: -2147483648,
    rank: -7,
    day: '2024-02-29',
    data: { größe: 19.9, 'a.b': { 'c d': 7 } }
  }),
  sample(6, {
    name: 'under_score',
    size: 2147483647,
    price: 9_999_999_999.99,
    token: uuid(6),
    data: { color: null }
  }),
  sample(7, {
    name: 'Ärger 🫖',
    price: 0.1,
    weight: 1e300,
    at: '0001-01-01T00:00:00.000Z',
    data: { color: 'Red' }
  }),
  sample(8, {
    name: 'back\\slash',
    rank: 7,
    at: '9999-12-31T23:59:59.999Z',
    day: '2026-01-30',
    tags: ['x', 'new']
  })
]

/** Fills the world's samples and answers them as they are stored; the first belongs to somebody. */
export const fill = async (world: World): Promise<Sample[]> => {
  const { id } = await world.register('collector')
  const rows = SAMPLES.map((row, index) => ({ ...row, owner_id: index === 0 ? id : null }))

  return (world.app.service('samples' as never) as any).create(rows)
}
