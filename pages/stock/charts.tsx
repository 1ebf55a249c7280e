import { useId, useState } from 'react'

export interface Point {
  readonly name: string
  readonly value: number
}
interface Props {
  readonly title: string
  readonly points: readonly Point[]
  readonly format: (value: number) => string
}

const WIDTH = 640
const HEIGHT = 220
const [LEFT, RIGHT, TOP, BOTTOM] = [8, 8, 12, 26]

/** Round steps between the least and the most: at most five. */
const ticksOf = (most: number): readonly number[] => {
  const rough = Math.max(most, 1) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((one) => one * power >= rough) ?? 10) * power

  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => index * step)
}

const summaryOf = ({ title, points, format }: Props): string => {
  const [first, last] = [points[0], points.at(-1)]
  return first && last
    ? `${title}: ${format(first.value)} on ${first.name}, ${format(last.value)} on ${last.name}`
    : title
}

interface Scale {
  readonly x: (index: number) => number
  readonly y: (value: number) => number
}
const scaleOf = ({ points }: Props, top: number): Scale => ({
  x: (index) => LEFT + (index * (WIDTH - LEFT - RIGHT)) / Math.max(points.length - 1, 1),
  y: (value) => HEIGHT - BOTTOM - (value * (HEIGHT - TOP - BOTTOM)) / (top || 1)
})

const Grid = ({ ticks, y, format }: Pick<Scale, 'y'> & { ticks: readonly number[]; format: (value: number) => string }) =>
  ticks.map((tick) => (
    <g key={tick}>
      <line className="grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y(tick)} y2={y(tick)} />
      <text x={LEFT} y={y(tick) - 4}>
        {tick > 0 && format(tick)}
      </text>
    </g>
  )) // prettier-ignore

/** Values over days. The one that is pointed at is told above; all of them are in the table that the page offers. */
export const AreaChart = (props: Props) => {
  const { points, format } = props
  const [pointed, setPointed] = useState<number>()
  const gradient = useId()
  const ticks = ticksOf(Math.max(...points.map(({ value }) => value), 0))
  const { x, y } = scaleOf(props, ticks.at(-1)!)
  const line = points.map(({ value }, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`)
  const shown = points[pointed ?? points.length - 1]
  const base = HEIGHT - BOTTOM

  return (
    <>
      <p className="pointed">
        <strong>{shown && format(shown.value)}</strong> {shown?.name}
      </p>
      <svg
        className="chart"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={summaryOf(props)}
        onPointerLeave={() => setPointed(undefined)}
        onPointerMove={({ clientX, currentTarget }) => {
          const { left, width } = currentTarget.getBoundingClientRect()
          const at = Math.round(((clientX - left) / width) * (points.length - 1))
          setPointed(Math.min(Math.max(at, 0), points.length - 1))
        }}
      >
        <linearGradient id={gradient} x1="0" x2="0" y1="0" y2="1">
          <stop offset="0" className="from" />
          <stop offset="1" className="to" />
        </linearGradient>
        <Grid ticks={ticks} y={y} format={format} />
        <polygon fill={`url(#${gradient})`} points={`${x(0)},${base} ${line.join(' ')} ${x(points.length - 1)},${base}`} />
        <polyline className="line" points={line.join(' ')} />
        {pointed !== undefined && shown && <circle className="point" cx={x(pointed)} cy={y(shown.value)} r="5" />}
        <text x={LEFT} y={HEIGHT - 6}>
          {points[0]?.name}
        </text>
        <text x={WIDTH - RIGHT} y={HEIGHT - 6} textAnchor="end">
          {points.at(-1)?.name}
        </text>
      </svg>
    </>
  )
} // prettier-ignore

/** Shares of a whole, largest first. */
export const Bars = ({ title, points, format }: Props) => {
  const most = Math.max(...points.map(({ value }) => value), 0) || 1

  return (
    <ul className="bars" aria-label={title}>
      {points.map(({ name, value }) => (
        <li key={name}>
          <span>{name}</span>
          <strong>{format(value)}</strong>
          <span className="bar" aria-hidden="true">
            <span style={{ width: `${(100 * Math.max(value, 0)) / most}%` }} />
          </span>
        </li>
      ))}
    </ul>
  )
}
