import {
  $user,
  authenticated,
  belongsTo,
  defineResource,
  nullable,
  role,
  text,
  Type,
  withDefault
} from 'rachis'
import type { ServiceOf } from 'rachis'
import { regionOptions, regionSummary } from './reports'

const admin = role('admin')
const NOTHING = Type.Object({}, { additionalProperties: false })

export const stores = defineResource('stores', {
  description: 'Where stock is kept and sold',
  fields: {
    name: text({ minLength: 1, maxLength: 255, examples: ['Leeds, High Street'] }),
    region: text({ minLength: 1, maxLength: 100, examples: ['North'] }),
    store_type: withDefault(text({ minLength: 1, maxLength: 50 }), 'standard'),
    address: nullable(text({ maxLength: 1000, examples: ['1 High Street, Leeds LS1 1AA'] })),
    manager_id: nullable(belongsTo('users', { on_delete: 'set null' }))
  },
  relations: {
    manager: { one: 'manager_id' },
    inventory: { many: 'inventory', by: 'store_id' },
    replenishments: { many: 'replenishments', by: 'store_id' }
  },
  access: {
    read: authenticated,
    create: admin,
    update: [admin, { manager_id: $user.id }],
    remove: admin,
    // A manager runs the store; they do not give it away.
    fields: { manager_id: { write: admin } }
  },
  members: { store_ids: 'manager_id' },
  audited: { days: 365 },
  indexes: [['region', 'store_type'], 'name'],
  search: ['name', 'address'],
  reports: {
    region_options: {
      summary: 'The regions that there are, to choose from',
      input: NOTHING,
      output: Type.Array(Type.Object({ region: Type.String(), stores: Type.Integer() })),
      access: authenticated,
      http: { path: 'regions/options' },
      run: regionOptions
    },
    region_summary: {
      summary: 'Stores of each region, by their type',
      input: NOTHING,
      output: Type.Array(
        Type.Object({
          region: Type.String(),
          stores: Type.Integer(),
          managed: Type.Integer({ description: 'Those that have a manager' }),
          store_types: Type.Record(Type.String(), Type.Integer())
        })
      ),
      access: authenticated,
      http: { path: 'regions/summary' },
      run: regionSummary
    }
  }
})

declare module 'rachis' {
  interface Principal {
    /** The stores that they manage: `members` above. */
    store_ids: readonly number[]
  }
  interface ServiceTypes {
    stores: ServiceOf<typeof stores>
  }
}
