import path from 'path'
import type { Profiler } from 'inspector'
import { contenderOf } from './harness/contender'
import { Databases } from './harness/databases'
import type { LoadQuestion } from './harness/question'

const USAGE = 'node --import=tsx bench/profile.ts get|list|owner-get|create|patch [contender] [seconds]'
const ROOT = path.join(__dirname, '..')
const TOP = 40

/** Whose code a function is: a file of ours, a package, Node itself, or what V8 does besides. */
const ownerOf = ({ functionName, url }: Profiler.ProfileNode['callFrame']): string => {
  if (url === '') return functionName.startsWith('(') ? functionName : '(native)'
  if (url.startsWith('node:')) return 'node'
  const file = path.relative(ROOT, url.replace('file://', ''))
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? []

  return name ?? file.split('/').slice(0, 2).join('/')
}

const labelOf = ({ functionName, url, lineNumber }: Profiler.ProfileNode['callFrame']): string => {
  const file = url.startsWith('node:')
    ? url
    : path.relative(ROOT, url.replace('file://', '')).replace(/^.*node_modules\//, '')
  return `${functionName || '(anonymous)'}${file ? `  ${file}:${lineNumber + 1}` : ''}`
}

type Times = Map<string, number>
const add = (times: Times, key: string, time: number) => times.set(key, (times.get(key) ?? 0) + time)

/** µs of self time by function and by owner, idle left out. */
const selfTimes = ({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile) => {
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]))
  const [byFunction, byOwner]: [Times, Times] = [new Map(), new Map()]
  samples.forEach((id, index) => {
    const frame = byId.get(id)!
    if (frame.functionName === '(idle)') return
    add(byFunction, labelOf(frame), timeDeltas[index]!)
    add(byOwner, ownerOf(frame), timeDeltas[index]!)
  })

  return { byFunction, byOwner }
}

const print = (title: string, times: Times, count: number) => {
  const total = [...times.values()].reduce((sum, time) => sum + time, 0)
  const sorted = [...times].sort(([, a], [, b]) => b - a).slice(0, count)
  console.log(`\n${title}`)
  for (const [label, time] of sorted)
    console.log(`${((time / total) * 100).toFixed(1).padStart(5)} %  ${label}`)
}

/** Prints where the CPU of one contender goes under the load of one question. */
const main = async ([name, contender = 'rachis', seconds = '8']: readonly string[]) => {
  if (!name) throw new Error(USAGE)
  const { default: question } = (await import(`./${name}`)) as { default: LoadQuestion }
  const databases = await Databases.open()
  try {
    const options = {
      databases,
      contenders: [],
      rounds: 1,
      seconds: Number(seconds),
      progress: () => undefined
    }
    const { byFunction, byOwner } = selfTimes(await question.profile(contenderOf(contender), options))
    print(`${name}, ${contender}: self time by owner`, byOwner, TOP)
    print('by function', byFunction, TOP)
  } finally {
    await databases.close()
  }
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
