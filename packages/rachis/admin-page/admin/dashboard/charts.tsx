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
const HEIGHT = 200
const PAD = 24

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
    <svg className="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={summary(props)}>
      <line className="axis" x1={PAD} x2={WIDTH - PAD} y1={y(0)} y2={y(0)} />
      <polyline className="line" points={line} />
      {points.map(({ name, value }, index) => (
        <circle key={name} cx={x(index)} cy={y(value)} r="4">
          <title>{`${name}: ${format(value)}`}</title>
        </circle>
      ))}
      <text x={PAD} y={14}>
        {format(most)}
      </text>
      <text x={PAD} y={HEIGHT - 5}>
        {points[0]?.name}
      </text>
      <text x={WIDTH - PAD} y={HEIGHT - 5} textAnchor="end">
        {points.at(-1)?.name}
      </text>
    </svg>
  )
}

/** Rows of a bar chart; what comes after is in the table. */
const BARS = 12
const ROW = 26
const NAMES = 190
const ENDS = 90

const short = (name: string) => (name.length > 24 ? `${name.slice(0, 23)}…` : name)

/** Values side by side. */
export const BarChart = (props: Props) => {
  const { format } = props
  const points = props.points.slice(0, BARS)
  const most = Math.max(...points.map(({ value }) => value), 0) || 1
  const width = (value: number) => Math.max((Math.max(value, 0) * (WIDTH - NAMES - ENDS)) / most, 1)

  return (
    <svg
      className="chart"
      viewBox={`0 0 ${WIDTH} ${points.length * ROW + 4}`}
      role="img"
      aria-label={summary(props)}
    >
      {points.map(({ name, value }, index) => (
        <g key={name + index} transform={`translate(0 ${index * ROW})`}>
          <text x={NAMES - 8} y={17} textAnchor="end">
            {short(name)}
          </text>
          <rect x={NAMES} y={4} width={width(value)} height={ROW - 8} rx="3" />
          <text x={NAMES + width(value) + 6} y={17}>
            {format(value)}
          </text>
        </g>
      ))}
    </svg>
  )
}
