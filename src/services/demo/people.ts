import type { Dice } from './random'
import { DAY, isoOf } from './time'

/** Printed at the start of a development server: everybody knows it. */
export const DEMO_PASSWORD = 'rachis-demo'
/** Logins of the demonstration data, printed at the start. */
export const DEMO_LOGINS = [
  {
    email: 'admin@example.com',
    username: 'admin',
    first_name: 'Ada',
    last_name: 'Finch',
    role: 'admin',
    password: DEMO_PASSWORD
  },
  {
    email: 'manager@example.com',
    username: 'manager',
    first_name: 'Max',
    last_name: 'Heron',
    role: 'manager',
    password: DEMO_PASSWORD
  },
  {
    email: 'user@example.com',
    username: 'user',
    first_name: 'Una',
    last_name: 'Wren',
    role: 'user',
    password: DEMO_PASSWORD
  }
] as const

const FIRST = ['Ida', 'Noah', 'Mila', 'Elif', 'Jonas', 'Amara', 'Luca', 'Sofia', 'Yuki', 'Omar'] as const
const LAST = ['Swift', 'Crane', 'Martin', 'Robin', 'Jay', 'Rook', 'Dove', 'Starling'] as const

const STREETS = ['Feather Lane', 'Mill Road', 'Orchard Close', 'Harbour Street', 'Chapel Hill'] as const
const TOWNS = ['Birdham', 'Quillport', 'Plumley', 'Ravenglass', 'Larkhill', 'Swanage', 'Finchley'] as const

/** Forty customers. Nobody signs in as them: their password is a hash that nothing matches. */
export const customersOf = (created_at: string, count = 40) =>
  Array.from({ length: count }, (_, index) => ({
    email: `customer${index + 1}@example.com`,
    username: `customer${index + 1}`,
    first_name: FIRST[index % FIRST.length]!,
    last_name: LAST[index % LAST.length]!,
    password: '!',
    role: 'user',
    is_verified: true,
    created_at
  }))

/** Somebody who buys. */
export interface Customer {
  readonly id: number
  readonly first_name: string
  readonly last_name: string
}

/** Where somebody lives: always at the same place. */
export const addressOf = ({ id, first_name, last_name }: Customer) => ({
  name: `${first_name} ${last_name}`,
  street: `${STREETS[id % STREETS.length]} ${1 + (id % 90)}`,
  city: TOWNS[id % TOWNS.length]!,
  country: 'GB'
})

const TASKS = [
  'Count the stock',
  'Call the supplier',
  'Write the newsletter',
  'Check the returns',
  'Plan the week'
] as const

/** A handful of tasks for each of the logins. */
export const tasksOf = (dice: Dice, users: readonly number[], now: number) =>
  users.flatMap((user_id) =>
    TASKS.map((title, index) => ({
      title,
      user_id,
      status: dice.pick(['pending', 'pending', 'in_progress', 'completed']),
      priority: dice.pick(['low', 'medium', 'high', 'urgent']),
      due_date: isoOf(now + (index - 1) * 3 * DAY),
      created_at: isoOf(now + (index - TASKS.length - 2) * DAY)
    }))
  )
