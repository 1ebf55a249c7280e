import { useListContext } from 'ra-core'

/** Beyond this many the server estimates. */
const COUNTED = 10_000
const SIZES = [10, 25, 50, 100]

/** From where to where, and on and back. */
export const Pagination = () => {
  const {
    page,
    perPage,
    total,
    data = [],
    setPage,
    setPerPage,
    hasNextPage,
    hasPreviousPage
  } = useListContext()
  const first = (page - 1) * perPage + 1
  const known =
    total === undefined ? '' : ` of ${total >= COUNTED ? `${total.toLocaleString()} or so` : total}`
  const isMore = hasNextPage ?? (total !== undefined && page * perPage < total)

  return (
    <div className="pagination">
      <span role="status">{data.length === 0 ? '' : `${first}–${first + data.length - 1}${known}`}</span>
      <button type="button" disabled={!hasPreviousPage && page <= 1} onClick={() => setPage(page - 1)}>
        Previous
      </button>
      <button type="button" disabled={!isMore} onClick={() => setPage(page + 1)}>
        Next
      </button>
      <label>
        Rows
        <select value={perPage} onChange={(event) => setPerPage(Number(event.target.value))}>
          {SIZES.map((size) => (
            <option key={size}>{size}</option>
          ))}
        </select>
      </label>
    </div>
  )
}
