import type { Dice } from './random'
import { isoOf } from './time'

/** Twelve categories in a tree: three branches with three leaves each. */
export const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  Drinks: ['Tea', 'Coffee', 'Juice'],
  Kitchen: ['Kettles', 'Grinders', 'Crockery'],
  Reading: ['Novels', 'Cookbooks', 'Atlases']
}

/** What a product of each leaf is called: an adjective and a noun of these. */
const NOUNS: Readonly<Record<string, readonly string[]>> = {
  Tea: ['Assam', 'Sencha', 'Earl Grey', 'Darjeeling', 'Oolong', 'Rooibos'],
  Coffee: ['Espresso', 'Filter roast', 'Yirgacheffe', 'Decaf', 'Sumatra', 'House blend'],
  Juice: ['Apple juice', 'Orange juice', 'Ginger shot', 'Elderflower', 'Beetroot', 'Quince'],
  Kettles: ['Kettle', 'Gooseneck', 'Samovar', 'Travel kettle', 'Stove kettle', 'Teapot'],
  Grinders: ['Hand grinder', 'Burr grinder', 'Spice mill', 'Salt mill', 'Mortar', 'Grater'],
  Crockery: ['Mug', 'Saucer', 'Bowl', 'Plate', 'Carafe', 'Tumbler'],
  Novels: ['The Lighthouse', 'A Winter', 'The Orchard', 'Two Rivers', 'The Clockmaker', 'Salt Roads'],
  Cookbooks: ['Bread', 'Soups', 'Sunday Lunch', 'Preserves', 'Street Food', 'One Pot'],
  Atlases: ['World Atlas', 'City Walks', 'Night Sky', 'Railways', 'Coastlines', 'Mountain Paths']
}
const ADJECTIVES = [
  'Classic',
  'Fine',
  'Everyday',
  'Golden',
  'Small',
  'Large',
  'Quiet',
  'Bold',
  'Northern',
  'Blue'
]
const BRANDS = ['Barb', 'Rachis', 'Vane', 'Calamus', 'Down & Co', 'Plume', 'Quill']
const COLOURS = ['red', 'blue', 'white', 'black', 'green']

const cents = (value: number) => Math.round(value * 100) / 100

/** Five hundred products; one in twenty is not for sale any more, a few are sold out. */
export const productsOf = (
  dice: Dice,
  leaves: readonly { id: number; name: string }[],
  opened: number,
  count = 500
) =>
  Array.from({ length: count }, (_, index) => {
    const leaf = leaves[index % leaves.length]!
    const price = cents(dice.between(250, 12_000) / 100)

    return {
      name: `${dice.pick(ADJECTIVES)} ${dice.pick(NOUNS[leaf.name] ?? ['Thing'])}`,
      description: `From our ${leaf.name.toLowerCase()} shelf.`,
      sku: `${leaf.name.slice(0, 3).toUpperCase()}-${String(index + 1).padStart(4, '0')}`,
      price,
      cost: cents(price * (0.35 + dice.next() * 0.3)),
      category_id: leaf.id,
      brand: dice.pick(BRANDS),
      stock_quantity: dice.chance(0.04) ? 0 : dice.between(1, 200),
      reorder_level: dice.between(5, 25),
      weight: cents(dice.between(50, 3000) / 1000),
      attributes: { color: dice.pick(COLOURS) },
      tags: [
        leaf.name.toLowerCase(),
        ...(dice.chance(0.2) ? ['new'] : []),
        ...(dice.chance(0.1) ? ['sale'] : [])
      ],
      is_active: !dice.chance(0.05),
      featured: dice.chance(0.08),
      // A minute for each, so that the newest are those with the highest numbers.
      created_at: isoOf(opened + index * 60_000)
    }
  })
