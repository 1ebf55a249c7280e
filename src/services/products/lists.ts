import { anyone, Type } from 'rachis'
import type { ReportContext } from 'rachis'

const NOTHING = Type.Object({}, { additionalProperties: false })
const count = Type.Integer({ minimum: 1, description: 'Products that are for sale' })

const rowsOf =
  (sql: string) =>
  async (_input: object, { knex }: ReportContext): Promise<object[]> =>
    (await knex.raw<{ rows: object[] }>(sql)).rows

/** A category that is switched off is not shown by way of its products. */
const CATEGORIES = `
select categories.id, categories.name, slug, count(*) as products
from products join categories on categories.id = category_id
where products.is_active and deleted_at is null and categories.is_active
group by categories.id order by categories.name, categories.id`

const BRANDS = `
select brand, count(*) as products from products
where is_active and deleted_at is null and brand is not null group by brand order by brand`

/** What there is to choose from. Only what everybody sees is counted, whoever asks. */
export const lists = {
  category_list: {
    summary: 'The categories of what is for sale, with how many products each has',
    input: NOTHING,
    output: Type.Array(
      Type.Object({ id: Type.Integer(), name: Type.String(), slug: Type.String(), products: count })
    ),
    access: anyone,
    http: { path: 'categories/list' },
    run: rowsOf(CATEGORIES)
  },
  brand_list: {
    summary: 'The brands of what is for sale, with how many products each has',
    input: NOTHING,
    output: Type.Array(Type.Object({ brand: Type.String(), products: count })),
    access: anyone,
    http: { path: 'brands/list' },
    run: rowsOf(BRANDS)
  }
}
