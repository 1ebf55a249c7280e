import { useEffect, useState } from 'react'
import { useAsk, useSettled } from '../shared/ask'
import { client } from '../shared/client'
import { Wrong } from '../shared/form'
import { count, roundMoney } from '../shared/format'
import { usePage } from '../shared/router'
import type { Route } from '../shared/router'
import { Waiting } from '../shared/shell'
import { useTerms } from '../shared/terms'
import { Alerts } from './alerts'
import { AreaChart, Bars } from './charts'
import { Health, Sales } from './health'
import { useMay } from './may'
import { Place, placeOf } from './place'

const DAYS = [7, 30, 90] as const
const EVENTS = ['created', 'updated', 'patched', 'removed'] as const

/** Another number whenever the stock has changed: what is computed from it is asked for anew. */
export const useStockRounds = (): number => {
  const [round, setRound] = useState(0)
  const settle = useSettled(() => setRound((before) => before + 1))
  useEffect(() => {
    const stops = EVENTS.map((event) => client.on('inventory', event, settle))
    return () => stops.forEach((stop) => stop())
  }, [])

  return round
}

interface Kpi {
  readonly total_value: number
  readonly total_units: number
  readonly products: number
  readonly stores: number
  readonly low_stock_alerts: number
  readonly out_of_stock: number
}
export interface Asking {
  readonly query: URLSearchParams
  readonly round: number
}
/** Asks a report of the inventory about the stores that are chosen. */
export const useReport = <T,>(name: 'kpi' | 'trends' | 'categories' | 'low_stock_alerts', { query, round }: Asking, input: object = {}) => {
  const asked = { ...placeOf(query), ...input }
  return useAsk<T>(`${name} ${JSON.stringify(asked)} ${round}`, () => client.service('inventory')[name](asked as never) as Promise<T>) // prettier-ignore
} // prettier-ignore

const Figures = ({ asking }: { asking: Asking }) => {
  const { data, error } = useReport<Kpi>('kpi', asking)
  const currency = useTerms()?.currency
  if (error) return <Wrong>{error.message}</Wrong>
  if (!data) return <Waiting />
  const figures: [name: string, value: string, tone?: string][] = [
    ['Value of the stock', roundMoney(data.total_value, currency)],
    ['Units', count(data.total_units)],
    ['Products', count(data.products)],
    ['Stores', count(data.stores)],
    ['Running low', count(data.low_stock_alerts), data.low_stock_alerts > 0 ? 'warn' : ''],
    ['Out of stock', count(data.out_of_stock), data.out_of_stock > 0 ? 'bad' : '']
  ]

  return (
    <dl className="figures">
      {figures.map(([name, value, tone = '']) => (
        <div key={name} className={tone}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

const MEASURES = { stock: 'Units', low_stock: 'Running low', out_of_stock: 'Out of stock' } as const
type Measure = keyof typeof MEASURES
interface Day extends Readonly<Record<Measure, number>> {
  readonly date: string
}

/** Choices beside each other, of which one is in force. */
const Tabs = <T extends string | number>({ label, values, name, chosen, onChange }: { label: string; values: readonly T[]; name: (value: T) => string; chosen: T; onChange: (value: T) => void }) => (
  <div className="tabs" role="group" aria-label={label}>
    {values.map((value) => (
      <button key={value} className="quiet" aria-pressed={value === chosen} onClick={() => onChange(value)}>
        {name(value)}
      </button>
    ))}
  </div>
) // prettier-ignore

const Trend = ({ asking }: { asking: Asking }) => {
  const [days, setDays] = useState<(typeof DAYS)[number]>(30)
  const [measure, setMeasure] = useState<Measure>('stock')
  const { data } = useReport<readonly Day[]>('trends', asking, { days })
  const points = (data ?? []).map((day) => ({ name: day.date, value: day[measure] }))

  return (
    <section className="panel wide-panel" aria-label="Trend">
      <div className="head">
        <h2>Over time</h2>
        <Tabs label="Figure" values={Object.keys(MEASURES) as Measure[]} name={(value) => MEASURES[value]} chosen={measure} onChange={setMeasure} />
        <Tabs label="Days" values={DAYS} name={(value) => `${value} days`} chosen={days} onChange={setDays} />
      </div>
      {points.length > 0 ? <AreaChart title={MEASURES[measure]} points={points} format={count} /> : <Waiting />}
      <details>
        <summary>As a table</summary>
        <div className="scroll" tabIndex={0} role="region" aria-label="The trend as a table">
          <table>
            <thead>
              <tr>
                <th scope="col">Day</th>
                <th scope="col" className="right">
                  {MEASURES[measure]}
                </th>
              </tr>
            </thead>
            <tbody>
              {points.toReversed().map(({ name, value }) => (
                <tr key={name}>
                  <td>{name}</td>
                  <td className="right">{count(value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  )
} // prettier-ignore

interface Share {
  readonly category: string | null
  readonly value: number
}
const Distribution = ({ asking }: { asking: Asking }) => {
  const { data } = useReport<readonly Share[]>('categories', asking)
  const currency = useTerms()?.currency
  const format = (amount: number) => roundMoney(amount, currency)
  const points = (data ?? []).map(({ category, value }) => ({
    name: category ?? 'Without a category',
    value
  }))

  return (
    <section className="panel" aria-label="Categories">
      <h2>Value by category</h2>
      {data ? <Bars title="Value by category" points={points} format={format} /> : <Waiting />}
    </section>
  )
}

/** The stock in figures, as it is now. */
export const Overview = ({ route }: { route: Route }) => {
  const may = useMay()
  const asking = { query: route.query, round: useStockRounds() }
  usePage('Stock', 'overview')

  return (
    <>
      <div className="head page-head">
        <h1>Overview</h1>
        <div className="choices">
          <Place route={route} />
        </div>
      </div>
      <Figures asking={asking} />
      <div className="panels">
        <Trend asking={asking} />
        <Distribution asking={asking} />
        <Alerts asking={asking} />
        {may('orders', 'stock_check') && <Health round={asking.round} />}
        {may('analytics', 'sales') && <Sales />}
      </div>
    </>
  )
}
