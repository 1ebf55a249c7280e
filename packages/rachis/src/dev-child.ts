import { createRequire } from 'module'
import path from 'path'
import type { ToServer } from './dev-messages'
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

/** The parts of the engine that the application uses besides. One that is no longer there is missed where it is used. */
const loadAhead = (files: readonly string[]) => {
  for (const file of files)
    try {
      require(file)
    } catch {
      continue
    }
}

const hear = (message: ToServer) => {
  if (typeof message === 'object') return loadAhead(message.ahead)
  process.off('message', hear)
  load(process.argv[2]!)
}
process.on('message', hear)
process.once('disconnect', () => process.exit(0))
