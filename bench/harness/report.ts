import type { Answer, Measure, Results } from './question'

const whole = (value: number) => (Number.isNaN(value) ? '?' : value.toFixed(0))
const tenths = (value: number) => (Number.isNaN(value) ? '?' : value.toFixed(1))
const ratio = (value: number) => (Number.isNaN(value) ? '?' : value.toFixed(2))

const describe = (name: string, { cpu, perSecond }: Measure) =>
  `${name} ${whole(cpu)} µs ${whole(perSecond)}/s`

/** A figure of Rachis as a part of the same figure of another contender; NaN where either did not run. */
export const compared = (results: Results, other: string, figure: keyof Measure): number =>
  (results.get('rachis')?.[figure] ?? NaN) / (results.get(other)?.[figure] ?? NaN)

const verdict = ({ target, results }: Answer): string => {
  const part = compared(results, 'feathers', 'cpu')
  if (target === undefined || Number.isNaN(part)) return ''

  return `× ${ratio(target)} ${part <= target ? 'met' : 'MISSED'}`
}

/** @example lineOf(get) // get        rachis 210 µs 4100/s · feathers 260 µs … · × 0.81 of feathers (target × 1.00 met), × 2.40 of limit */
export const lineOf = (answer: Answer): string => {
  const { name, results } = answer
  const measured = [...results].map(([server, measure]) => describe(server, measure)).join(' · ')
  const [feathers, limit] = ['feathers', 'limit'].map((other) => ratio(compared(results, other, 'cpu')))
  const target = verdict(answer)

  return `${name.padEnd(10)} ${measured} · × ${feathers} of feathers${target && ` (target ${target})`}, × ${limit} of limit`
}

const HEAD = [
  'question', 'server', 'CPU µs', 'least', 'of PostgreSQL µs', 'statements', 'requests/s', 'p50 ms', 'p99 ms', 'CPU of it that Rachis needs',
  'requests/s of Rachis', 'target'
] // prettier-ignore

const rowsOf = (answer: Answer): string[][] =>
  [...answer.results].map(([name, { cpu, leastCpu = cpu, databaseCpu, statements, perSecond, p50, p99 }]) => [
    answer.name,
    name,
    whole(cpu),
    whole(leastCpu),
    whole(databaseCpu),
    tenths(statements),
    whole(perSecond),
    p50.toFixed(1),
    p99.toFixed(1),
    `× ${ratio(compared(answer.results, name, 'cpu'))}`,
    `× ${ratio(compared(answer.results, name, 'perSecond'))}`,
    name === 'feathers' ? verdict(answer) : ''
  ])

/** Every figure as a Markdown table; the ratios are those of Rachis to the server of the row. */
export const tableOf = (answers: readonly Answer[]): string =>
  [HEAD, HEAD.map(() => '---'), ...answers.flatMap(rowsOf)]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
