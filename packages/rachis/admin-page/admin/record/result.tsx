import type { ReactNode } from 'react'
import { label } from '../data/description'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What an object is called by: its first text. */
const nameIn = (value: unknown): string =>
  isObject(value) ? String(Object.values(value).find((one) => typeof one === 'string') ?? JSON.stringify(value)) : String(value) // prettier-ignore

const cell = (value: unknown): ReactNode => {
  if (typeof value === 'string' && value.startsWith('data:image/')) return <img src={value} alt="" />
  if (value === null || value === undefined) return '–'
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  if (Array.isArray(value)) return value.length > 0 ? value.map(nameIn).join(', ') : '–'

  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const Rows = ({ rows }: { rows: readonly Record<string, unknown>[] }) => {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const classOf = (name: string) => (rows.every((row) => typeof row[name] === 'number') ? 'number' : '')

  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Result">
      <table>
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name} scope="col" className={classOf(name)}>
                {label(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {names.map((name) => (
                <td key={name} className={typeof row[name] === 'number' ? 'number' : ''}>
                  {cell(row[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** An answer that is no record: values by their names, lists as tables. */
export const Result = ({ value }: { value: unknown }) => {
  if (Array.isArray(value))
    return value.every(isObject) ? <Rows rows={value} /> : <p>{value.map(String).join(', ')}</p>
  if (!isObject(value)) return <p>{String(value)}</p>

  return (
    <dl className="record">
      {Object.entries(value).map(([name, inner]) => (
        <div key={name} className={Array.isArray(inner) ? 'wide' : ''}>
          <dt>{label(name)}</dt>
          <dd>{Array.isArray(inner) && inner.length > 0 ? <Result value={inner} /> : cell(inner)}</dd>
        </div>
      ))}
    </dl>
  )
}
