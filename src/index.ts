import type * as Serve from 'rachis'
import { startProblem } from 'rachis'

/** Loaded here and not at the top: modules that find settings or declarations wrong throw while they are loaded. */
const main = () => (require('rachis') as typeof Serve).serve()

const fail = (error: unknown) => {
  process.stderr.write(`\nRachis could not start: ${startProblem(error)}\n`)
  process.exit(1)
}

Promise.resolve().then(main).catch(fail)
