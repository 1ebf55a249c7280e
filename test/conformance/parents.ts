import { $user, asParent, asParentFor, authenticated, belongsTo, boolean, defineResource, nullable, oneOf, role, state, text, withDefault } from '../../packages/rachis/src/declare' // prettier-ignore
import type { AnyResource, ParentRule, Terms } from '../../packages/rachis/src/declare'
import type { Dice } from '../../packages/rachis/src/testing/dice'
import { randomMembers } from './memberships'

/** A rule as declarations say it, and as a condition in SQL of a row: `row` is its table, `$1` who asks, `$2` their role. */
interface Drawn {
  readonly rule: Terms
  readonly sql: (row: string) => string
}

const admin: Drawn = { rule: role('admin'), sql: () => `$2 = 'admin'` }
const open: Drawn = { rule: { ...authenticated, is_open: true }, sql: (row) => `($1::bigint is not null and ${row}.is_open)` } // prettier-ignore
const owned: Drawn = { rule: { user_id: $user.id }, sql: (row) => `${row}.user_id = $1` }
const kind: Drawn = { rule: { ...authenticated, kind: { $in: ['a', 'b'] } }, sql: (row) => `($1::bigint is not null and ${row}.kind in ('a', 'b'))` } // prettier-ignore

export type Rules = Readonly<Record<ParentRule | 'create', readonly Drawn[]>>

/** Any of several alternatives, each asking something of a record that is not removed. */
export const anyOf = (drawn: readonly Drawn[], row: string) =>
  `coalesce((${drawn.map(({ sql }) => sql(row)).join(' or ')}), false)`

/** The same as a rule of the parent says, with a condition of the record's own now and then. */
const following = (column: string, table: string, parents: Rules, dice: Dice, isRead: boolean): Drawn => {
  const rule = isRead ? 'read' : dice.pick(['read', 'update', 'remove'] as const)
  const more = dice.pick<Partial<Drawn>>([{}, {}, kind, open])
  const parent = `p_${table}`
  const term = rule === 'read' ? asParent : asParentFor(rule)

  return {
    rule: { ...more.rule, [column]: term },
    sql: (row) =>
      `(${more.sql?.(row) ?? 'true'} and exists (select from ${table} ${parent} where ${parent}.id = ${row}.${column} and ${parent}.deleted_at is null and ${anyOf(parents[rule], parent)}))`
  }
}

type Make = (isRead: boolean) => Drawn

const draw = (dice: Dice, makers: readonly Make[]): Rules => {
  const some = (isRead = false) => [
    dice.pick(makers)(isRead),
    ...dice.some(makers, 0.25).map((make) => make(isRead))
  ]
  return { read: some(true), create: some(), update: some(), remove: some() }
}

const FIELDS = {
  title: text({ maxLength: 20 }),
  kind: withDefault(oneOf('a', 'b', 'c'), 'a'),
  is_open: withDefault(boolean(), false),
  user_id: nullable(belongsTo('users', { on_delete: 'set null', allow_unreadable: true }))
}

const declared = (name: string, fields: object, rules: Rules): AnyResource => {
  const written = (drawn: readonly Drawn[]) => drawn.map(({ rule }) => rule)
  const [read, create, update, remove] = [rules.read, rules.create, rules.update, rules.remove].map(written)

  return defineResource(name, {
    path: name.replace(/_/g, '-'),
    soft_delete: true,
    fields: { ...FIELDS, status: state('open', 'done'), ...fields },
    access: { read, create, update, remove },
    states: { field: 'status', transitions: { finish: { from: 'open', to: 'done', access: update } } }
  } as never) as unknown as AnyResource
}

/** Companies, deals that may follow them, and notes that may follow both, with the oracle of each. */
export const randomChain = (dice: Dice) => {
  const groups = defineResource('chain_groups', { path: 'chain-groups', fields: { name: text({ maxLength: 20 }) }, access: { read: authenticated } }) // prettier-ignore
  const { resource: members, counts } = randomMembers('chain_members', 'chain_ids', 'chain_groups', dice)
  const joined: Drawn = {
    rule: { group_id: { $in: { $user: 'chain_ids' } } },
    sql: (row) => `exists (select from chain_members m where m.group_id = ${row}.group_id and m.user_id = $1 and ${counts})` // prettier-ignore
  }
  const own = [() => admin, () => open, () => owned, () => kind]
  const companies = draw(dice, [() => joined, () => joined, ...own])
  const followed: Make = (isRead) => following('company_id', 'chain_companies', companies, dice, isRead)
  const deals = draw(dice, [followed, followed, followed, ...own])
  const follows: Make = (isRead) => following('deal_id', 'chain_deals', deals, dice, isRead)
  const notes = draw(dice, [follows, follows, follows, followed, () => owned]) // prettier-ignore
  const to = (name: string) => nullable(belongsTo(name as never, { on_delete: 'set null', allow_unreadable: true })) // prettier-ignore
  const company = { company_id: to('chain_companies') }

  return {
    resources: [
      groups as unknown as AnyResource,
      members,
      declared('chain_companies', { group_id: to('chain_groups') }, companies),
      declared('chain_deals', company, deals),
      declared('chain_notes', { ...company, deal_id: to('chain_deals') }, notes)
    ],
    rules: { chain_companies: companies, chain_deals: deals, chain_notes: notes } as Readonly<Record<string, Rules>> // prettier-ignore
  }
}
