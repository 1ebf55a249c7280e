import { useListContext, useNotify } from 'ra-core'
import { request } from '../data/client'
import type { DescribedResource } from '../data/description'
import { Popup } from '../shell/popup'

const FORMATS = [
  ['CSV', 'text/csv', 'csv'],
  ['NDJSON', 'application/x-ndjson', 'ndjson']
] as const

type Filters = Readonly<Record<string, unknown>>

/** `{ price: { $gte: 5 } }` → `price[$gte]=5` */
const queryOf = ({ q, ...fields }: Filters, { field, order }: { field: string; order: string }): string => {
  const query = new URLSearchParams()
  if (q) query.set('search', String(q))
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) query.set(name, String(value))
    else
      for (const [operator, operand] of Object.entries(value))
        query.set(`${name}[${operator}]`, String(operand))
  }
  query.set('sort', `${order === 'DESC' ? '-' : ''}${field}`)

  return query.toString()
}

/** Hands a file to the browser, which asks where to or keeps it where it keeps such. */
const keep = (blob: Blob, name: string) => {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

/** All records that the list finds, as a file. */
export const ExportButton = ({ resource }: { resource: DescribedResource }) => {
  const { filterValues, sort } = useListContext()
  const notify = useNotify()
  const save = async (type: string, ending: string) => {
    try {
      const answer = await request(`/${resource.path}?${queryOf(filterValues as Filters, sort)}`, {
        headers: { Accept: type }
      })
      keep(await answer.blob(), `${resource.path}.${ending}`)
    } catch (error) {
      notify((error as Error).message, { type: 'error' })
    }
  }

  return (
    <Popup label="Export">
      {(close) => (
        <div>
          {FORMATS.map(([name, type, ending]) => (
            <button key={name} type="button" onClick={() => (void save(type, ending), close())}>
              {name}
            </button>
          ))}
        </div>
      )}
    </Popup>
  )
}
