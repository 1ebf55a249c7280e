import { createRequire } from 'module'
import path from 'path'
import { startProblem } from './start-problem'

// What an application is made of, loaded before it is known what has changed in it: half of the time of a start.
require('./index')
require('./accounts')
require('./batch')
require('./start')

/** Loads the file that serves, from the working directory. */
const load = (entry: string) => {
  process.emit('rachis:load' as never)
  const file = path.resolve(entry)
  try {
    createRequire(file)(file)
  } catch (error) {
    process.stderr.write(`\nRachis could not start: ${startProblem(error)}\n`)
    process.exit(1)
  }
}

process.once('message', () => load(process.argv[2]!))
process.once('disconnect', () => process.exit(0))
