import { plural } from '../shared/format'
import { Wrong } from '../shared/form'
import { go, queryWith, usePage } from '../shared/router'
import { Empty, Pages, Waiting } from '../shared/shell'
import { pageOf, useProducts } from './catalogue-query'
import type { Shown } from './catalogue-query'
import { useCategories } from './categories'
import type { Branch, Categories } from './categories'
import { Filters, Sort } from './filters'
import { Picture } from './picture'
import { Stock } from './stock'
import { Price } from '../shared/terms'

const Card = ({ product }: { product: Shown }) => (
  <li>
    <a className="card" href={`#/products/${product.id}`}>
      <span className="picture">
        <Picture product={product} />
        {product.featured && <span className="badge">Featured</span>}
      </span>
      <span className="brand-name">{product.brand ?? ' '}</span>
      <span className="name">{product.name}</span>
      <span className="row">
        <strong className="price">
          <Price of={product.price} />
        </strong>
        <Stock product={product} />
      </span>
    </a>
  </li>
)

interface ResultProps {
  readonly shown: readonly Shown[] | undefined
  readonly error: Error | undefined
}
const Result = ({ shown, error }: ResultProps) => {
  if (error) return <Wrong>{error.message}</Wrong>
  if (!shown) return <Waiting />
  if (shown.length === 0)
    return (
      <Empty title="Nothing fits">
        <p>Try fewer filters, or another word.</p>
        <a className="button" href="#/">
          Show everything
        </a>
      </Empty>
    )

  return (
    <ul className="cards">
      {shown.map((product) => (
        <Card key={product.id} product={product} />
      ))}
    </ul>
  )
}

const titleOf = (query: URLSearchParams, category: Branch | undefined): string =>
  category?.name ?? (query.get('search') ? `“${query.get('search')}”` : 'All products')

/** The ids of the category that is asked for and of those below it; undefined as long as they are not known. */
const idsOf = (categories: Categories, category: Branch | undefined): readonly number[] | undefined => {
  if (!categories.isKnown) return undefined
  return category ? categories.below(category.id) : []
}

/** What is for sale, as the address filters it. */
export const Catalogue = ({ query }: { query: URLSearchParams }) => {
  const categories = useCategories()
  const category = categories.find(query.get('category') ?? '')
  const { shown, total, pages, error } = useProducts(query, idsOf(categories, category))
  const title = titleOf(query, category)
  usePage(`${title} · Shop`, query.toString())
  const place = (changes: Readonly<Record<string, string | undefined>>) =>
    queryWith(query, { page: undefined, ...changes })
  const change = (changes: Readonly<Record<string, string | undefined>>) => go(place(changes))

  return (
    <div className="catalogue">
      <Filters query={query} categories={categories} onChange={change} />
      <section aria-labelledby="title">
        <div className="title">
          <h1 id="title">{title}</h1>
          <p role="status">{shown ? plural(total, 'product') : 'Loading…'}</p>
          <Sort query={query} onChange={change} />
        </div>
        <Result shown={shown} error={error} />
        <Pages page={pageOf(query)} pages={pages} href={(page) => `#/${place({ page: String(page) })}`} />
      </section>
    </div>
  )
}
