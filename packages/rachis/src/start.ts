import { startProblem } from './start-problem'

/**
 * Runs `main`, and ends the process with one line that says why where it fails. Load the application within it, not at the top
 * of a module: modules that find settings or declarations wrong throw while they are loaded.
 *
 * @example start(async () => serve((await import('./app')).app))
 */
export const start = (main: () => Promise<void>): Promise<void> =>
  Promise.resolve()
    .then(main)
    .catch((error: unknown) => {
      process.stderr.write(`\nRachis could not start: ${startProblem(error)}\n`)
      process.exit(1)
    })
