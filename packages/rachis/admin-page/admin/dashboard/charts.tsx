import { Fragment } from 'react'
import { label } from '../data/description'

export interface Point {
  readonly name: string
  readonly value: number
}
interface Props {
  readonly title: string
  readonly points: readonly Point[]
  readonly format: (value: number) => string
}

const WIDTH = 600
const HEIGHT = 160
const PAD = 6

/** What a chart says, for those who do not see it; the figures are in the table beside it. */
const summary = ({ title, points, format }: Props): string => {
  const values = points.map(({ value }) => value)
  const [least, most] = [Math.min(...values), Math.max(...values)]

  return `${label(title)}: ${points.length} values from ${format(least)} to ${format(most)}`
}

/** Values over time. */
export const LineChart = (props: Props) => {
  const { points, format } = props
  const most = Math.max(...points.map(({ value }) => value), 0)
  const least = Math.min(...points.map(({ value }) => value), 0)
  const x = (index: number) => PAD + (index * (WIDTH - 2 * PAD)) / Math.max(points.length - 1, 1)
  const y = (value: number) => HEIGHT - PAD - ((value - least) * (HEIGHT - 2 * PAD)) / (most - least || 1)
  const line = points.map(({ value }, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(' ')

  return (
    <div className="chart" role="img" aria-label={summary(props)}>
      <span className="most">{format(most)}</span>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        <line className="axis" x1={PAD} x2={WIDTH - PAD} y1={y(0)} y2={y(0)} />
        <polyline className="line" points={line} />
        {points.map(({ name, value }, index) => (
          <circle key={name} cx={x(index)} cy={y(value)} r="4">
            <title>{`${name}: ${format(value)}`}</title>
          </circle>
        ))}
      </svg>
      <span className="ends">
        <span>{points[0]?.name}</span>
        <span>{points.at(-1)?.name}</span>
      </span>
    </div>
  )
}

/** Rows of a bar chart; what comes after is in the table. */
const BARS = 12

/** Values side by side. The names are text of the page, which keeps its size on a telephone. */
export const BarChart = (props: Props) => {
  const { format } = props
  const points = props.points.slice(0, BARS)
  const most = Math.max(...points.map(({ value }) => value), 0) || 1

  return (
    <div className="chart bars" role="img" aria-label={summary(props)}>
      {points.map(({ name, value }, index) => (
        <Fragment key={name + index}>
          <span className="name" title={name}>
            {name}
          </span>
          <svg aria-hidden="true">
            <rect width={`${Math.max((Math.max(value, 0) / most) * 100, 0.5)}%`} height="100%" rx="3" />
          </svg>
          <span>{format(value)}</span>
        </Fragment>
      ))}
    </div>
  )
}
