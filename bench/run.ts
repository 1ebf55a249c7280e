import { worseThanAccepted } from './harness/accepted'
import { contenderOf } from './harness/contender'
import { Databases } from './harness/databases'
import type { Answer, Question } from './harness/question'
import { lineOf, tableOf } from './harness/report'

const NAMES = [
  'get',
  'list',
  'owner-get',
  'create',
  'create-100',
  'patch',
  'patch-100',
  'fan-out',
  'orders',
  'analytics',
  'login-flood',
  'sign-out',
  'start'
] as const
const DEFAULTS = { contenders: 'rachis,feathers,limit', rounds: '3', seconds: '5' }

const USAGE = `node --import=tsx bench/run.ts [${NAMES.join('|')} …] [--contenders=${DEFAULTS.contenders}] [--rounds=3] [--seconds=5]`

const parse = (argv: readonly string[]) => {
  const flags = argv.filter((word) => word.startsWith('--')).map((word) => word.slice(2).split('=') as [string, string]) // prettier-ignore
  const names = argv.filter((word) => !word.startsWith('--'))
  const unknown = [...flags.map(([key]) => key).filter((key) => !(key in DEFAULTS)), ...names.filter((name) => !NAMES.includes(name as never))] // prettier-ignore
  if (unknown.length > 0) throw new Error(`Unknown: ${unknown.join(', ')}\n${USAGE}`)

  return { names: names.length > 0 ? names : NAMES, ...DEFAULTS, ...(Object.fromEntries(flags) as object) }
}

const progress = (line: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`)
}

const print = (answer: Answer) => {
  console.log(lineOf(answer))
  for (const problem of answer.problems ?? []) console.log(`${''.padEnd(10)} CHECK FAILED: ${problem}`)
}

const main = async () => {
  const { names, contenders, rounds, seconds } = parse(process.argv.slice(2))
  progress('preparing the databases')
  const databases = await Databases.open()
  const options = {
    databases,
    contenders: contenders.split(',').map(contenderOf),
    rounds: Number(rounds),
    seconds: Number(seconds),
    progress
  }
  const answers: Answer[] = []
  try {
    for (const name of names) {
      const { default: question } = (await import(`./${name}`)) as { default: Question }
      const found = await question.run(options)
      progress('')
      const judged = found.map((one) => ({ ...one, problems: [...(one.problems ?? []), ...worseThanAccepted(one)] })) // prettier-ignore
      for (const answer of judged) print(answer)
      answers.push(...judged)
    }
  } finally {
    await databases.close()
  }
  console.log(`\n${tableOf(answers)}`)
  // A peer that fails its check says something of the peer; Rachis that fails it makes the figures void.
  if (answers.some(({ problems = [] }) => problems.some((problem) => problem.startsWith('rachis '))))
    process.exitCode = 1
}

main().catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
