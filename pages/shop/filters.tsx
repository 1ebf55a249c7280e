import type { FormEvent } from 'react'
import { useAsk } from '../shared/ask'
import { client } from '../shared/client'
import { Select } from '../shared/form'
import { queryWith } from '../shared/router'
import { SORTS } from './catalogue-query'
import type { Branch, Categories } from './categories'

interface TreeProps {
  readonly branches: readonly Branch[]
  readonly categories: Categories
  readonly query: URLSearchParams
}
const Tree = ({ branches, categories, query }: TreeProps) => (
  <ul>
    {branches.map((branch) => (
      <li key={branch.id}>
        <a
          href={`#/${queryWith(query, { category: branch.slug, page: undefined })}`}
          aria-current={query.get('category') === branch.slug ? 'true' : undefined}
        >
          <span>{branch.name}</span> <span className="number">{categories.countOf(branch)}</span>
        </a>
        {branch.children.length > 0 && (
          <Tree branches={branch.children} categories={categories} query={query} />
        )}
      </li>
    ))}
  </ul>
)

type Changes = Readonly<Record<string, string | undefined>>
interface Props {
  readonly query: URLSearchParams
  readonly categories: Categories
  readonly onChange: (changes: Changes) => void
}

const PriceRange = ({ query, onChange }: Omit<Props, 'categories'>) => {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = new FormData(event.currentTarget)
    onChange({ min: String(given.get('min') ?? ''), max: String(given.get('max') ?? '') })
  }

  return (
    <form key={`${query.get('min')} ${query.get('max')}`} className="range" onSubmit={submit}>
      <input name="min" type="number" min="0" step="any" aria-label="Lowest price" placeholder="From" defaultValue={query.get('min') ?? ''} />
      <span aria-hidden="true">–</span>
      <input name="max" type="number" min="0" step="any" aria-label="Highest price" placeholder="To" defaultValue={query.get('max') ?? ''} />
      <button>Apply</button>
    </form>
  )
} // prettier-ignore

interface SwitchProps extends Omit<Props, 'categories'> {
  readonly name: string
  readonly label: string
}
const Switch = ({ query, name, label, onChange }: SwitchProps) => (
  <label className="switch">
    <input
      type="checkbox"
      checked={query.get(name) === 'yes'}
      onChange={({ target }) => onChange({ [name]: target.checked ? 'yes' : undefined })}
    />
    {label}
  </label>
)

interface Brand {
  readonly brand: string
  readonly products: number
}

/** What the list can be narrowed down by; closed at first where the screen is narrow. */
export const Filters = ({ query, categories, onChange }: Props) => {
  const { data: brands = [] } = useAsk<readonly Brand[]>('brands', () => client.service('products').brand_list({}))
  const isFiltered = [...query.keys()].some((name) => name !== 'page' && name !== 'sort')

  return (
    <details className="filters" open={matchMedia('(min-width: 56rem)').matches || undefined}>
      <summary>Filters</summary>
      <nav aria-label="Categories">
        <h2>Categories</h2>
        <Tree branches={categories.tree} categories={categories} query={query} />
      </nav>
      <Select
        label="Brand"
        name="brand"
        value={query.get('brand') ?? ''}
        choices={[{ value: '', name: 'Any brand' }, ...brands.map(({ brand, products }) => ({ value: brand, name: `${brand} (${products})` }))]}
        onChange={(brand) => onChange({ brand })}
      />
      <fieldset>
        <legend>Price</legend>
        <PriceRange query={query} onChange={onChange} />
      </fieldset>
      <Switch name="stock" label="In stock only" query={query} onChange={onChange} />
      <Switch name="featured" label="Featured only" query={query} onChange={onChange} />
      {isFiltered && (
        <a className="button" href="#/">
          Clear the filters
        </a>
      )}
    </details>
  )
} // prettier-ignore

/** In which order the list is. */
export const Sort = ({ query, onChange }: Omit<Props, 'categories'>) => {
  const usual = query.get('search') ? 'Best match' : 'Newest'
  const others = Object.entries(SORTS).filter(([value]) => value !== 'new' || query.get('search'))

  return (
    <Select
      label="Sort by"
      name="sort"
      value={query.get('sort') ?? ''}
      choices={[{ value: '', name: usual }, ...others.map(([value, { name }]) => ({ value, name }))]}
      onChange={(sort) => onChange({ sort })}
    />
  )
}
