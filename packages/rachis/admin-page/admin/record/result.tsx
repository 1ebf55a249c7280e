import type { ReactNode } from 'react'
import type { Schema } from '../data/description'
import { label } from '../data/description'
import { figureFormat, within } from './figures'
import { dayText, Moment } from './value'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What an object is called by: its first text. */
const nameIn = (value: unknown): string =>
  isObject(value) ? String(Object.values(value).find((one) => typeof one === 'string') ?? JSON.stringify(value)) : String(value) // prettier-ignore

const INSTANT = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/

const textCell = (value: string): ReactNode => {
  if (value.startsWith('data:image/')) return <img src={value} alt="" />

  return INSTANT.test(value) ? <Moment at={value} /> : dayText(value)
}

const cell = (value: unknown): ReactNode => {
  if (typeof value === 'string') return textCell(value)
  if (value === null || value === undefined) return '–'
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  if (Array.isArray(value)) return value.length > 0 ? value.map(nameIn).join(', ') : '–'

  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

interface Props {
  readonly value: unknown
  /** Of the value, which says what its figures are. */
  readonly schema?: Schema | undefined
  readonly currency?: unknown
}

interface Column {
  readonly name: string
  readonly isNumber: boolean
  readonly shown: (value: unknown) => ReactNode
}

type Values = Readonly<Record<string, unknown>>

/** Figures are written alike in a column. Ids are no figures. */
const columnOf = (name: string, rows: readonly Values[], { schema, currency }: Omit<Props, 'value'>): Column => {
  const isNumber = rows.every((row) => typeof row[name] === 'number')
  if (!isNumber || name === 'id' || name.endsWith('_id')) return { name, isNumber, shown: cell }
  const format = figureFormat(rows.map((row) => row[name] as number), within(schema, name), currency)

  return { name, isNumber, shown: (value) => format(value as number) }
} // prettier-ignore

/** The id of something is left out where its name stands beside it: `store_id` and `store`. */
const columnNames = (rows: readonly Values[]): string[] => {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]

  return names.filter((name) => !(name.endsWith('_id') && names.includes(name.slice(0, -3))))
}

const Rows = ({ rows, ...said }: Omit<Props, 'value'> & { readonly rows: readonly Values[] }) => {
  const columns = columnNames(rows).map((name) => columnOf(name, rows, said))

  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Result">
      <table>
        <thead>
          <tr>
            {columns.map(({ name, isNumber }) => (
              <th key={name} scope="col" className={isNumber ? 'number' : ''}>
                {label(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {columns.map(({ name, isNumber, shown }) => (
                <td key={name} className={isNumber ? 'number' : ''}>
                  {shown(row[name])}
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
export const Result = ({ value, ...said }: Props) => {
  if (Array.isArray(value))
    return value.every(isObject) ? <Rows rows={value} {...said} /> : <p>{value.map(String).join(', ')}</p>
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
