import { useRef } from 'react'
import { useAsk } from '../shared/ask'
import { client } from '../shared/client'
import { Field, Select, useForm, Wrong } from '../shared/form'
import { count, plural } from '../shared/format'
import { go, queryWith, usePage } from '../shared/router'
import type { Route } from '../shared/router'
import { Empty, Pages, Waiting } from '../shared/shell'
import { Level } from './alerts'
import { pageOf, useShelves } from './levels-query'
import type { Shelf } from './levels-query'
import { useMay } from './may'
import { Place } from './place'

const FIELDS = ['current_stock', 'reorder_level', 'max_stock'] as const

/** Sets the levels of one shelf; what the server says is wrong stands at its field. */
const Editor = ({ shelf, onDone }: { shelf: Shelf; onDone: () => void }) => {
  const { problems, isBusy, onSubmit } = useForm(FIELDS, async (given) => {
    await client.service('inventory').patch(shelf.id, Object.fromEntries(FIELDS.map((name) => [name, Number(given[name])])))
    onDone()
  })
  const input = (name: (typeof FIELDS)[number], label: string) => (
    <Field label={label} name={name} type="number" required defaultValue={shelf[name]} problem={problems.fields[name]} />
  )

  return (
    <form className="form" onSubmit={onSubmit} noValidate>
      <h2 id={`edit-${shelf.id}`}>{shelf.product?.name}</h2>
      <p className="hint">{shelf.store?.name}</p>
      {problems.form && <Wrong>{problems.form}</Wrong>}
      {input('current_stock', 'In stock')}
      {input('reorder_level', 'Reorder level')}
      {input('max_stock', 'Room for')}
      <div className="buttons">
        <button className="primary" disabled={isBusy}>
          Save
        </button>
        <button type="button" onClick={onDone}>
          Leave it
        </button>
      </div>
    </form>
  )
} // prettier-ignore

/** Opens the levels for editing, where the rules allow it. */
export const Edit = ({ shelf }: { shelf: Shelf }) => {
  const may = useMay()
  const dialog = useRef<HTMLDialogElement>(null)
  if (!may('inventory', 'patch', shelf)) return null

  return (
    <>
      <button aria-label={`Set levels of ${shelf.product?.name}`} onClick={() => dialog.current?.showModal()}>
        Set levels
      </button>
      <dialog ref={dialog} aria-labelledby={`edit-${shelf.id}`}>
        <Editor key={shelf.updated_at} shelf={shelf} onDone={() => dialog.current?.close()} />
      </dialog>
    </>
  )
}

const Row = ({ shelf, isChanged }: { shelf: Shelf; isChanged: boolean }) => {
  const { id, product, store, current_stock, reorder_level, max_stock, low_stock } = shelf

  return (
    <tr className={isChanged ? 'changed' : ''}>
      <td>
        <a href={`#/levels/${id}`}>{product?.name ?? 'A product that you may not see'}</a>
        <span className="hint">{product?.sku}</span>
      </td>
      <td>
        {store?.name}
        <span className="hint">{store?.region}</span>
      </td>
      <td className="right">
        <strong>{count(current_stock)}</strong>
        {low_stock && <span className={`status ${current_stock === 0 ? 'critical' : 'low'}`}>{current_stock === 0 ? 'None' : 'Low'}</span>}
        {isChanged && <span className="status">changed</span>}
      </td>
      <td>
        <Level now={current_stock} most={max_stock} low={low_stock} />
        <span className="hint">
          of {count(max_stock)}, reorder at {count(reorder_level)}
        </span>
      </td>
      <td className="right">
        <Edit shelf={shelf} />
      </td>
    </tr>
  )
} // prettier-ignore

const HEADS = ['Product', 'Store', 'In stock', 'Room', 'Change']

const Table = ({ shelves, isChanged }: { shelves: readonly Shelf[]; isChanged: (id: number) => boolean }) => (
  <div className="scroll panel" tabIndex={0} role="region" aria-label="Levels">
    <table>
      <thead>
        <tr>
          {HEADS.map((head) => (
            <th key={head} scope="col" className={['In stock', 'Change'].includes(head) ? 'right' : ''}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {shelves.map((shelf) => (
          <Row key={shelf.id} shelf={shelf} isChanged={isChanged(shelf.id)} />
        ))}
      </tbody>
    </table>
  </div>
)

interface Category {
  readonly name: string
}

/** What each store has of each product. */
export const Levels = ({ route }: { route: Route }) => {
  const { query } = route
  const { shelves, isChanged, total, pages, error } = useShelves(query)
  const { data: categories = [] } = useAsk<readonly Category[]>('categories', () =>
    client.service('products').category_list({})
  )
  const set = (changes: Readonly<Record<string, string | undefined>>) =>
    go(`levels${queryWith(query, { page: undefined, ...changes })}`)
  usePage('Levels · Stock', 'levels')

  return (
    <>
      <div className="head page-head">
        <h1>Levels</h1>
        <p role="status">{shelves ? plural(total, 'shelf', 'shelves') : ''}</p>
        <div className="choices">
          <Place route={route} />
          <Select label="Category" name="category" value={query.get('category') ?? ''} choices={[{ value: '', name: 'All categories' }, ...categories.map(({ name }) => ({ value: name, name }))]} onChange={(category) => set({ category })} />
          <label className="switch">
            <input type="checkbox" checked={query.get('low') === 'yes'} onChange={({ target }) => set({ low: target.checked ? 'yes' : undefined })} />
            Running low only
          </label>
        </div>
      </div>
      {error && <Wrong>{error.message}</Wrong>}
      {!shelves && !error && <Waiting />}
      {shelves?.length === 0 && <Empty title="No shelf fits">Choose another place, or fewer filters.</Empty>}
      {shelves && shelves.length > 0 && <Table shelves={shelves} isChanged={isChanged} />}
      <Pages page={pageOf(query)} pages={pages} href={(page) => `#/levels${queryWith(query, { page: String(page) })}`} />
    </>
  )
} // prettier-ignore
