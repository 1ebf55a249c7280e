import { useState } from 'react'
import type { Schema } from '../data/description'
import { label } from '../data/description'
import { figureFormat, within } from '../record/figures'
import { Result } from '../record/result'
import { dayText } from '../record/value'
import { BarChart, LineChart } from './charts'

type Values = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isNumber = (value: unknown): value is number => typeof value === 'number'
const isDay = (value: unknown) => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}/.test(value)

const isKey = (name: string) => name === 'id' || name.endsWith('_id')
const measuresOf = (rows: readonly Values[]) =>
  Object.keys(rows[0] ?? {}).filter((name) => !isKey(name) && rows.every((row) => isNumber(row[name])))

/** What rows are named by: the day where they have one, else their first text. */
const nameKey = (rows: readonly Values[]): string | undefined => {
  const texts = Object.keys(rows[0] ?? {}).filter((name) => rows.some((row) => typeof row[name] === 'string'))

  return texts.find((name) => rows.every((row) => isDay(row[name]))) ?? texts[0]
}

interface SeriesProps {
  readonly title: string
  readonly rows: readonly Values[]
  readonly currency: unknown
  /** Of the list; undefined where it is none in the answer itself. */
  readonly schema: Schema | undefined
}

/** A list with figures as a chart, one figure at a time, with the table below. */
const Series = ({ title, rows, currency, schema }: SeriesProps) => {
  const measures = measuresOf(rows)
  const [chosen, setChosen] = useState(measures[0])
  const key = nameKey(rows)
  if (rows.length === 0) return <p className="none">{label(title)}: nothing yet</p>
  const measure = measures.includes(chosen ?? '') ? chosen! : measures[0]
  if (!key || !measure) return <Result value={rows} schema={schema} currency={currency} />
  const points = rows.map((row) => ({ name: dayText(String(row[key] ?? '–')), value: row[measure] as number }))
  const Chart = rows.every((row) => isDay(row[key])) && rows.length > 1 ? LineChart : BarChart

  return (
    <figure>
      <figcaption>
        {label(title)}
        {measures.length > 1 && (
          <select
            aria-label={`Figure of ${label(title)}`}
            value={measure}
            onChange={(event) => setChosen(event.target.value)}
          >
            {measures.map((name) => (
              <option key={name} value={name}>
                {label(name)}
              </option>
            ))}
          </select>
        )}
      </figcaption>
      <Chart title={`${title} ${measure}`} points={points} format={figureFormat(points.map(({ value }) => value), within(schema, measure), currency)} />
      <details>
        <summary>As a table</summary>
        <Result value={rows} schema={schema} currency={currency} />
      </details>
    </figure>
  )
} // prettier-ignore

interface TilesProps {
  readonly figures: readonly (readonly [string, number])[]
  readonly currency: unknown
  readonly schema: Schema
}
const Tiles = ({ figures, currency, schema }: TilesProps) => (
  <dl className="tiles">
    {figures.map(([name, value]) => (
      <div key={name}>
        <dt>{label(name)}</dt>
        <dd>{figureFormat([value], within(schema, name), currency)(value)}</dd>
      </div>
    ))}
  </dl>
)

const rowsIn = (value: unknown): readonly Values[] | undefined =>
  Array.isArray(value) && value.every(isObject) ? (value as Values[]) : undefined

/** `{ low: 3, high: 5 }` */
const countsIn = (value: unknown): readonly Values[] | undefined =>
  isObject(value) && Object.values(value).length > 0 && Object.values(value).every(isNumber)
    ? Object.entries(value).map(([name, count]) => ({ name: label(name), count }))
    : undefined

/** The answer of a report: single figures, and a chart for each list of figures. */
export const ReportView = ({ title, value, schema }: { title: string; value: unknown; schema: Schema }) => {
  const rows = rowsIn(value)
  if (rows) return <Series title={title} rows={rows} currency={undefined} schema={schema} />
  if (!isObject(value)) return <Result value={value} />
  const { currency, ...rest } = value
  const entries = Object.entries(rest)
  const figures = entries.filter(
    (entry): entry is [string, number] => isNumber(entry[1]) && entry[0] !== 'limit'
  )
  const lists = entries.flatMap(([name, inner]) => {
    const found = rowsIn(inner) ?? countsIn(inner)
    return found ? [[name, found] as const] : []
  })

  return (
    <>
      {figures.length > 0 && <Tiles figures={figures} currency={currency} schema={schema} />}
      {lists.map(([name, found]) => (
        <Series
          key={name}
          title={name === 'data' ? title : name}
          rows={found}
          currency={currency}
          schema={within(schema, name)}
        />
      ))}
    </>
  )
}
