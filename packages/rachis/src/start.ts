import { cacheModules } from './module-cache'
import type * as StartProblem from './start-problem'

const problemOf = (error: unknown): string => {
  // It knows declarations and settings, whose modules are found and compiled faster behind `cacheModules`.
  const { startProblem } = require('./start-problem') as typeof StartProblem

  return startProblem(error)
}

/**
 * Runs `main`, and ends the process with one line that says why where it fails. Load the application within it, not at the top
 * of a module: modules that find settings or declarations wrong throw while they are loaded.
 *
 * @example start(async () => serve((await import('./app')).app))
 */
export const start = (main: () => Promise<void>): Promise<void> => {
  cacheModules()

  return Promise.resolve()
    .then(main)
    .catch((error: unknown) => {
      process.stderr.write(`\nRachis could not start: ${problemOf(error)}\n`)
      process.exit(1)
    })
}
