import { useListContext } from 'ra-core'
import type { FormEvent } from 'react'
import type { DescribedResource } from '../data/description'
import { Popup } from '../shell/popup'
import { useChosenColumns } from './columns'
import { useViewsHook } from './kept-views'
import type { KeptViews, View } from './kept-views'

interface Props {
  readonly resource: DescribedResource
  readonly useViews: (resource: DescribedResource) => KeptViews
}

interface ListProps {
  readonly kept: KeptViews
  readonly show: (view: View) => void
}
const Views = ({ kept: { views, forget }, show }: ListProps) =>
  views.length === 0 ? (
    <p className="none">None is kept yet.</p>
  ) : (
    <ul className="views">
      {views.map((view) => (
        <li key={view.name}>
          <button type="button" onClick={() => show(view)}>
            {view.name}
          </button>
          <button type="button" className="quiet" aria-label={`Forget ${view.name}`} onClick={() => forget(view.name)}>
            ×
          </button>
        </li>
      ))}
    </ul>
  ) // prettier-ignore

const Kept = ({ resource, useViews }: Props) => {
  const { filterValues, sort, setFilters, setSort } = useListContext()
  const [columns, setColumns] = useChosenColumns(resource)
  const kept = useViews(resource)
  const show = (view: View) => {
    setFilters(view.filters)
    setSort(view.sort)
    setColumns(view.columns ? [...view.columns] : null)
  }
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const name = String(new FormData(event.currentTarget).get('name'))
    kept.keep({ name, filters: filterValues as object, sort, columns })
  }

  return (
    <Popup label="Views">
      {(close) => (
        <form onSubmit={(event) => (save(event), close())}>
          <Views kept={kept} show={(view) => (show(view), close())} />
          <label>
            Name
            <input name="name" required maxLength={60} />
          </label>
          <button type="submit">Keep this view</button>
        </form>
      )}
    </Popup>
  )
}

/** Filters, order and columns under names of one's own. */
export const SavedViews = ({ resource }: Pick<Props, 'resource'>) => (
  <Kept resource={resource} useViews={useViewsHook()} />
)
