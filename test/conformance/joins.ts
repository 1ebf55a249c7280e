import { authenticated, belongsTo, nullable } from '../../packages/rachis/src/declare'
import type { AnyResource, Terms } from '../../packages/rachis/src/declare'
import type { Dice } from '../../packages/rachis/src/testing/dice'
import { clause, FIELDS, OF_RECORD, randomDeclaration } from './declarations'

/** A rule that lets whoever is signed in read some of the records, since what is found behind relations takes rights at each end. */
const wideRule = (dice: Dice): Terms[] => [
  { ...authenticated, ...dice.pick(OF_RECORD) },
  { ...authenticated, is_open: true },
  clause(dice)
]

/** Records that a join resource leads from and to, also from one to another of the same resource: each shown to some, as are the keys. */
export const randomJoins = (dice: Dice): AnyResource[] => {
  const [lefts, rights, joins] = ['random_lefts', 'random_rights', 'random_joins']
  const key = (resource: string) => {
    const reference = belongsTo(resource as never, { on_delete: 'cascade', allow_unreadable: true })
    return dice.chance(0.5) ? nullable(reference) : reference
  }
  const keys = { left_id: key(lefts!), right_id: key(rights!), other_id: key(lefts!) }
  const by = (column: string, to: string) => ({ through: joins, by: column, to })
  const leading = { rights: by('left_id', 'right_id'), others: by('left_id', 'other_id'), joins: { many: joins, by: 'left_id' } } // prettier-ignore
  const ofSome = () => ({ read: [{ ...authenticated, ...dice.pick(OF_RECORD) }, clause(dice)] })
  const shown = ['right_id', ...dice.some(['left_id', 'other_id'])].map((name) => [name, ofSome()])
  const fieldRules = Object.fromEntries(shown)
  const ends = { left: { one: 'left_id' }, right: { one: 'right_id' } }

  return [
    randomDeclaration(lefts!, dice, { id: 'bigint', relations: leading, read: wideRule(dice) }),
    randomDeclaration(rights!, dice, {
      id: 'bigint',
      relations: { lefts: by('right_id', 'left_id') },
      read: wideRule(dice)
    }),
    randomDeclaration(joins!, dice, {
      fields: { ...FIELDS, ...keys },
      relations: ends,
      read: wideRule(dice),
      fieldRules
    })
  ]
}
